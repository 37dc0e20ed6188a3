# Allocations of pushd fail, one of a client's life after the other, in any order, while people sign in, subscribe and talk: who is hit hears 503, an ERROR, a refusal, or is cut; pushd lives on,
# what it acknowledged is stored, once, and those beside it miss nothing.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";
use List::Util qw(shuffle);
use Test::More;
use Time::HiRes qw(time);
use Failnth;
use Pushd;
use SockJs;
use Stomp;

$SIG{PIPE} = 'IGNORE';
my $failnth = Failnth->make or plan skip_all => 'a sanitizer wants to be the first library';
my %environment = $failnth->environment;
$ENV{SANGDAM_PUSHD_WRAPPER} = join ' ', 'env', map { "$_=$environment{$_}" } sort keys %environment;
my $pushd = Pushd->start(limits => 'off', linger => '1h', sweep_interval => '200ms', connect_timeout => '1s', push_loops => 1);
my ($customer, $agent) = ($pushd->member(1), $pushd->member(2));
my $chat = $pushd->chat($customer, $agent);
my %acknowledged;

{ my $count = 0; sub uuid { return sprintf '5a5a5a5a-0000-4000-8000-%012x', ++$count } }

# A life: sign in, subscribe with replay, say one thing, hear it. How far it came.
sub talk {
    my $key = shift;
    my $c = eval { Stomp->connect_as($pushd->socket, $customer->{cookie}) } or return 'refused';
    $c->subscribe('errors', '/user/queue/errors') or return 'cut';
    $c->subscribe('room', "/topic/chat/$chat->{id}") or return 'cut';
    $c->send_json('/app/chat.sendMessage', {sessionId => $chat->{id}, content => "말 $key", clientMessageId => $key}, receipt => 'r');
    my $f = $c->until(sub { $_[0]{command} =~ /RECEIPT|ERROR|CLOSE|END/ || ($_[0]{json}{code} // '') ne '' }, 3) or return 'silence';
    return $f->{json}{code} ? "code $f->{json}{code}" : 'cut' unless $f->{command} eq 'RECEIPT';
    $acknowledged{$key} = 1;
    return $c->until(sub { ($_[0]{json}{clientMessageId} // '') eq $key }, 3) ? 'talked' : 'acknowledged';
}

local $Stomp::PATIENCE = 3;
$failnth->memory_at(1 << 30);
is(talk(uuid()), 'talked', 'without a fault');
my $count = (1 << 30) - $failnth->left; # allocations of a life
my (%ends, @dead);
my $tries = 0;
my $old = $pushd->{pid};
my $end = time + 10;
for my $n (shuffle 1 .. $count) {
    last if time > ($tries < 30 ? $end + 40 : $end); # one that is cut off without a word takes seconds
    $tries++;
    $failnth->memory_at($n);
    $ends{talk(uuid())}++;
    $failnth->memory_at(0);
    next unless waitpid($old, POSIX::WNOHANG()) == $old;
    push @dead, "$n: " . ($? & 127 ? 'signal ' . ($? & 127) : 'exit ' . ($? >> 8));
    $pushd->run;
    $old = $pushd->{pid};
}
is_deeply(\@dead, [], 'pushd lives through it') or diag($pushd->log =~ /(.{0,1000})\z/s);
note("$tries of $count allocations failed; " . join ', ', map { "$ends{$_} times $_" } sort keys %ends);
cmp_ok($tries, '>', 20, 'many were tried');
cmp_ok($ends{talked} // 0, '>', 0, 'some go unnoticed');
cmp_ok($tries - ($ends{talked} // 0), '>', 0, 'and some do not');
my %stored = map { $_ => 1 } split /\n/, $pushd->sql("SELECT client_message_id FROM chat_message WHERE session_no = $chat->{no} AND client_message_id IS NOT NULL");
is_deeply([grep { !$stored{$_} } keys %acknowledged], [], 'what was acknowledged is stored');
is($pushd->sql("SELECT COUNT(*) - COUNT(DISTINCT client_message_id) FROM chat_message WHERE session_no = $chat->{no}"), 0, 'once');
is($pushd->sql("SELECT MAX(seq) - COUNT(*) FROM chat_message WHERE session_no = $chat->{no}"), 0, 'without a hole');
is(talk(uuid()), 'talked', 'and people talk as before');

# ---- the same while somebody polls (SockJS): what left the queue arrives, or nothing behind it does ----
my $head = $pushd->sql("SELECT message_count FROM chat_session WHERE session_no = $chat->{no}");
my @cookie = ('Cookie: sid=' . $customer->{cookie});
$SockJs::path = $pushd->socket;

# The seqs that come through a door when the n-th allocation fails; and how the session went.
sub receive_all {
    my ($door, $url, $n) = @_;
    my @seqs;
    (finish(post("$url/xhr", '', @cookie)))[1] eq "o\n" or die 'no session';
    finish(post("$url/xhr_send", say('CONNECT', {'accept-version' => '1.2', 'heart-beat' => '0,0'}), @cookie));
    (finish(post("$url/xhr", '', @cookie)))[1] =~ /CONNECTED/ or die 'not connected';
    finish(post("$url/xhr_send", say('SUBSCRIBE', {id => 'room', destination => "/topic/chat/$chat->{id}", after => 0}), @cookie));
    $failnth->memory_at($n);
    until (@seqs && $seqs[-1] >= $head) {
        my $c = ask($door eq 'eventsource' ? 'GET' : 'POST', "$url/$door", '', @cookie);
        my $end = time + $Stomp::PATIENCE;
        my ($status, $body, undef, $is_whole, @here) = so_far($c);
        while (($door eq 'xhr' || !@here || $here[-1] < $head) && $c->fill($end)) { # a stream stays open behind the last
            ($status, $body, undef, $is_whole) = so_far($c);
            @here = $body =~ /\\"seq\\":(\d+)/g;
        }
        push @seqs, @here;
        last if @seqs && $seqs[-1] >= $head && $door ne 'xhr';
        return (\@seqs, 'silent') if !$c->{eof}; # rows were lost, and it waits for the next one, over the hole
        return (\@seqs, 'cut') if !$is_whole;
        return (\@seqs, 'cut') if ($status // 0) != 200 || $body =~ /c\[\d/;
    }
    return (\@seqs, 'whole');
}

for my $door (qw(xhr xhr_streaming eventsource)) {
    $failnth->memory_at(0);
    my ($seqs, $how) = receive_all($door, "/ws/1/whole_$door", 1 << 30);
    is_deeply($seqs, [1 .. $head], "$door brings the log");
    $count = (1 << 30) - $failnth->left;
    my (@holes, %ways);
    for my $n (1 .. $count) {
        ($seqs, $how) = receive_all($door, "/ws/1/$door$n", $n);
        $failnth->memory_at(0);
        $ways{$how}++;
        push @holes, "$n: $how @$seqs" if $how eq 'silent' || "@$seqs" ne join ' ', 1 .. @$seqs;
    }
    is_deeply(\@holes, [], "$door: no hole, whichever of $count allocations fails");
    cmp_ok($ways{cut} // 0, '>', 0, 'some are cut');
    cmp_ok($ways{whole} // 0, '>', 0, 'and some are not');
}
ok($pushd->wait_for(sub { $pushd->metric('connections') == 0 }, 20), 'nobody is left'); # a session that nobody polls ends after five seconds
is($pushd->stop, 0, 'TERM ends it');
done_testing;
