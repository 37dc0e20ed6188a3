# Sink: a mail server on loopback that keeps what it gets in files. What it says depends on the recipient: later@ 451, never@ 550, hang@ nothing at all.
package Sink;
use strict;
use warnings;
use Encode qw(decode);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use MIME::Base64 qw(decode_base64);

sub start {
    my $class = shift;
    my $dir = tempdir(CLEANUP => 1);
    my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 20) or die "no sink: $!";
    my $self = bless {dir => $dir, port => $server->sockport, owner => $$}, $class;
    defined($self->{pid} = fork) or die "no sink: $!";
    return $self if $self->{pid};
    $SIG{TERM} = sub { require POSIX; POSIX::_exit(0) };
    $SIG{CHLD} = 'IGNORE';
    while (my $peer = $server->accept) {
        next if fork;
        serve($peer, $dir);
        require POSIX;
        POSIX::_exit(0);
    }
    require POSIX;
    POSIX::_exit(0);
}

sub url { return "smtp://127.0.0.1:$_[0]{port}" }

sub serve {
    my ($peer, $dir) = @_;
    my ($to, $from) = ('', '');
    $peer->autoflush(1);
    print $peer "220 sink ready\r\n";
    while (my $line = <$peer>) {
        if ($line =~ /^EHLO|^HELO/) { print $peer "250 sink\r\n" }
        elsif ($line =~ /^MAIL FROM:<(.*?)>/) { $from = $1; print $peer "250 ok\r\n" }
        elsif ($line =~ /^RCPT TO:<(.*?)>/) {
            $to = $1;
            if ($to =~ /^later/) { print $peer "451 not now\r\n" }
            elsif ($to =~ /^never/) { print $peer "550 no such person\r\n" }
            elsif ($to =~ /^hang/) { open my $mark, '>', "$dir/hangs"; close $mark; sysread $peer, my $rest, 1; return }
            else { print $peer "250 ok\r\n" }
        }
        elsif ($line =~ /^DATA/) {
            print $peer "354 go on\r\n";
            my $letter = '';
            while (defined($line = <$peer>) && $line ne ".\r\n") { $letter .= $line }
            return unless defined $line;
            my $name = sprintf '%s/%.6f.%d', $dir, Time::HiRes::time(), $$;
            open my $out, '>:raw', "$name.new" or return;
            print $out "$from\n$to\n$letter";
            close $out;
            rename "$name.new", "$name.letter";
            print $peer "250 taken\r\n";
        }
        elsif ($line =~ /^QUIT/) { print $peer "221 bye\r\n"; return }
        else { print $peer "250 ok\r\n" }
    }
}
use Time::HiRes ();

sub hangs { return -e "$_[0]{dir}/hangs" }

# The letters so far, oldest first: {from, to, head => {lower-case name => value, unfolded}, raw, text}.
sub letters {
    my $self = shift;
    return map {
        open my $in, '<:raw', $_ or die $!;
        my ($from, $to, $raw) = split /\n/, do { local $/; <$in> }, 3;
        my ($head, $body) = split /\r\n\r\n/, $raw, 2;
        my %head;
        for (split /\r\n(?![ \t])/, $head) { my ($name, $value) = split /: /, $_, 2; $head{lc $name} = $value }
        {from => $from, to => $to, head => \%head, raw => $raw, text => decode('UTF-8', decode_base64($body))};
    } sort glob "$self->{dir}/*.letter";
}

sub stop {
    my $self = shift;
    return unless $self->{pid} && $self->{owner} == $$;
    kill 'TERM', $self->{pid};
    waitpid delete $self->{pid}, 0;
}

sub DESTROY { local $?; $_[0]->stop }

1;
