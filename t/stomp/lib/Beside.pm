# Beside: a chat of two honest people next to what a test does to pushd; and what pushd costs meanwhile.
package Beside;
use strict;
use warnings;
use Time::HiRes qw(time);
use Stomp;

sub new {
    my ($class, $pushd) = @_;
    my $self = bless {pushd => $pushd, said => 0, times => []}, $class;
    my ($customer, $agent) = ($pushd->member(1), $pushd->member(2));
    $self->{chat} = $pushd->chat($customer, $agent);
    for (['customer', $customer], ['agent', $agent]) {
        my ($name, $member) = @$_;
        $self->{$name} = Stomp->connect_as($pushd->socket, $member->{cookie});
        $self->{$name}->subscribe('room', "/topic/chat/$self->{chat}{id}") or die 'no subscription';
    }
    return $self;
}

# One says something and the other hears it, each in turn; false when not, or when anything else came. Keeps the seconds that it took.
sub talks {
    my $self = shift;
    my ($from, $to) = ++$self->{said} % 2 ? @$self{qw(customer agent)} : @$self{qw(agent customer)};
    my $began = time;
    $from->send_json('/app/chat.sendMessage', {sessionId => $self->{chat}{id}, content => "said $self->{said}"}, receipt => "r$self->{said}");
    for my $who ($to, $from) {
        my $f = $who->until(sub { $_[0]{command} =~ /ERROR|CLOSE|END/ || (($_[0]{json}{seq} // 0) > 0) }) or return 0;
        return 0 unless ($f->{json}{content} // '') eq "said $self->{said}" && $f->{json}{seq} == $self->{said};
    }
    push @{$self->{times}}, time - $began;
    return $from->receipt("r$self->{said}") ? 1 : 0;
}

sub slowest { my $self = shift; return (sort { $b <=> $a } @{$self->{times}})[0] }

# The p-th percentile of the seconds since the last call.
sub percentile {
    my ($self, $p) = @_;
    my @times = sort { $a <=> $b } splice @{$self->{times}};
    return $times[int($#times * $p / 100)];
}

# ---- what pushd costs ----

sub status { my ($pushd, $key) = @_; open my $f, '<', "/proc/$pushd->{pid}/status" or return 0; return (map { /^\Q$key\E:\s+(\d+)/ ? $1 * 1024 : () } <$f>)[0] }
sub resident { return status($_[0], 'VmRSS') }
# Most that was resident since forget_peak().
sub peak { return status($_[0], 'VmHWM') }
sub forget_peak { open my $f, '>', "/proc/$_[0]{pid}/clear_refs" or return; print $f 5; close $f }
sub descriptors { my @all = glob "/proc/$_[0]{pid}/fd/*"; return scalar @all }
# A sanitizer keeps freed memory for a while: nothing is flat then.
sub is_sanitized { open my $f, '<', "/proc/$_[0]{pid}/maps" or return 0; return scalar grep { /lib(?:a|t)san/ } <$f> }

1;
