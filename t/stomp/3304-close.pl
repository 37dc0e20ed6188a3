# How a connection ends: who is still writing when pushd closes reads why, also through nginx, and is not reset; who answers is let go at once; who never closes, or goes
# on writing, is cut within a bound, with its descriptor and memory.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Select;
use Test::More;
use Time::HiRes qw(time);
use Beside;
use Nginx;
use Pushd;
use Stomp;

$SIG{PIPE} = 'IGNORE';
my $pushd = Pushd->start(linger => '1h', rest_idle => '1h', close_timeout => '1s', frame_max => '64k', send_rate => '100000/10s', connections_per_account => 1000, debug_open_prefix => '/topic/open/');
my $nginx = Nginx::is_here() && Nginx->start($pushd->socket);
my $beside = Beside->new($pushd);
my $member = $pushd->member(1);

# Writes `more` over and over and reads whatever comes until the end, or for so many seconds. behind: what it does when the close has come: close, silent (writes no
# more, says nothing), write (goes on).
sub write_on {
    my ($target, $first, $more, $behind, $seconds) = @_;
    my $c = Stomp->connect_as($target, $member->{cookie});
    my $end = time + ($seconds // 10);
    my %r = (said => '', written => 0, began => time);
    $c->{socket}->blocking(0);
    my $out = $first;
    while (time < $end && !$c->{eof}) {
        my $may_write = !$r{code} || $behind eq 'write';
        $out .= $more if $may_write && length $out < 65536;
        my $n = length $out ? syswrite $c->{socket}, $out : 0;
        if ($n) { substr $out, 0, $n, ''; $r{written} += $n }
        $c->fill(time + ($n ? 0.001 : 0.01));
        while (my $ws = $c->take_ws) {
            $r{said} .= $ws->[1] if $ws->[0] == 1;
            next unless $ws->[0] == 8;
            ($r{code}, $r{closed_at}) = (unpack('n', $ws->[1]), time);
            $out .= Stomp::ws_bytes(8, $ws->[1]) if $behind eq 'close'; # behind what is begun
        }
    }
    $r{was_reset} = $c->{was_reset};
    $r{has_ended} = $c->{eof};
    $r{took} = time - ($r{closed_at} // $r{began});
    return \%r;
}

my $fault = Stomp::ws_bytes(1, "SEND\ndestination:/topic/chat/nobody\nreceipt:why\n\n{}\0");
my $message = Stomp::ws_bytes(1, "SEND\ndestination:/topic/open/x\n\n" . 'x' x 30000 . "\0");
my @targets = (['pushd', $pushd->socket], $nginx ? ['nginx', $nginx->address] : ());
# what is at fault, what must be said, the close code
my @faults = (
    ['a SEND to nowhere', $fault, qr/^ERROR\nmessage:unknown destination\n.*receipt-id:why\n/s, 1008],
    ['a broken frame', "\x83\x80\x01\x02\x03\x04", qr/^$/, 1002],
    ['a message that is too big', Stomp::ws_bytes(1, 'x' x 70000), qr/^$/, 1009],
    ['no STOMP', Stomp::ws_bytes(1, "HELLO\n\n\0"), qr/^ERROR\nmessage:unknown command\n/, 1002],
);
for my $target (@targets) {
    for (@faults) {
        my ($name, $bytes, $says, $code) = @$_;
        my @ends = map { write_on($target->[1], $bytes, $message, 'close') } 1 .. 10;
        is(scalar(grep { ($_->{code} // 0) == $code && $_->{said} =~ $says } @ends), 10, "$target->[0], $name: who is writing on reads why, and close $code") or diag($ends[0]{said});
        is(scalar(grep { $_->{was_reset} } @ends), 0, 'and is not reset');
        is(scalar(grep { $_->{has_ended} && $_->{took} < 0.9 } @ends), 10, 'and is let go as soon as it has answered, not after close_timeout');
    }
}
ok($beside->talks, 'those beside it talk on');
ok($pushd->wait_for(sub { $pushd->metric('connections') == 2 }), 'all are gone');

# ---- who does not close ----
{
    my ($cut, $descriptors, $resident) = ($pushd->metric('closes_unanswered_total'), Beside::descriptors($pushd), Beside::resident($pushd));
    my $r = write_on($pushd->socket, $fault, '', 'silent');
    is($r->{code}, 1008, 'who says nothing is told');
    ok($r->{has_ended}, 'and cut');
    cmp_ok($r->{took}, '>', 0.8, 'not before close_timeout');
    cmp_ok($r->{took}, '<', 5, 'but soon after');
    is($pushd->metric('closes_unanswered_total') - $cut, 1, 'and counted');
    $r = write_on($pushd->socket, $fault, $message, 'write');
    is($r->{code}, 1008, 'who goes on writing is told');
    ok($r->{has_ended}, 'and cut');
    cmp_ok($r->{took}, '<', 5, 'in time');
    my @all = map { my $c = Stomp->connect_as($pushd->socket, $member->{cookie}); $c->put($fault); $c } 1 .. 100; # and nobody ever reads
    ok($pushd->wait_for(sub { $pushd->metric('connections') == 2 }), 'a hundred who do not even read are gone in time');
    ok($pushd->wait_for(sub { Beside::descriptors($pushd) <= $descriptors }), 'with their descriptors');
    ok($beside->talks, 'those beside it talk on');
    SKIP: {
        skip 'a sanitizer keeps memory', 1 if Beside::is_sanitized($pushd);
        cmp_ok(Beside::resident($pushd) - $resident, '<', 2 << 20, 'memory is flat');
    }
}
# ---- half-closed ----
{
    my $c = Stomp->connect_as($pushd->socket, $member->{cookie});
    shutdown $c->{socket}, 1;
    my $began = time;
    is($c->frame->{command}, 'END', 'who shuts their writing side and reads on is let go');
    cmp_ok(time - $began, '<', 5, 'in time');
}
is($pushd->stop, 0, 'TERM ends it');
unlike($pushd->log, qr/ERROR: AddressSanitizer|runtime error|LeakSanitizer|ThreadSanitizer/, 'no sanitizer has anything to say');
done_testing;
