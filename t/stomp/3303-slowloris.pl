# Slowloris: hundreds who send a byte now and then, before, in and behind the handshake, directly and through nginx: they are cut in time and counted, cost little, and good
# users are served meanwhile as before.
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
use constant {MANY => 300, TALKS => 40, NOISE_S => 0.1};

my $pushd = Pushd->start(linger => '1h', rest_idle => '1h', handshake_timeout => '1500ms', connect_timeout => '1500ms', frame_timeout => '1500ms', send_rate => '100000/10s', connections_per_account => 1000);
my $nginx = Nginx::is_here() && Nginx->start($pushd->socket, 'client_header_timeout 10s;' => 'client_header_timeout 2s;');
my $beside = Beside->new($pushd);
my $member = $pushd->member(1);
my $head = "GET /ws HTTP/1.1\r\nHost: localhost\r\nX-Long: " . 'x' x 200;

sub upgraded { my $c = Stomp->new(shift); ($c->upgrade)[0] == 101 or die 'no upgrade'; return $c }
sub live { return Stomp->connect_as(shift, $member->{cookie}) }

# name, where, how each begins, what it sends byte by byte, what counts them (undef: nginx does not bother pushd with them)
my @rows = (
    ['nothing at all', 'pushd', sub { Stomp->new(shift) }, '', 'handshake_timeouts_total'],
    ['a head without an end', 'pushd', sub { Stomp->new(shift) }, $head, 'handshake_timeouts_total'],
    ['a head without an end', 'nginx', sub { Stomp->new(shift) }, $head, undef],
    ['the body of a request', 'pushd', sub { my $c = Stomp->new(shift); $c->put("POST /ws/0/abc$$/xhr_send HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"); $c }, '[' . '"' x 200, 'handshake_timeouts_total'],
    ['the head of a WebSocket frame', 'pushd', \&upgraded, "\x81\xfe\x10", 'connect_timeouts_total'],
    ['CONNECT', 'pushd', \&upgraded, Stomp::ws_bytes(1, "CONNECT\n" . 'x' x 200), 'connect_timeouts_total'],
    ['CONNECT', 'nginx', \&upgraded, Stomp::ws_bytes(1, "CONNECT\n" . 'x' x 200), 'connect_timeouts_total'],
    ['SEND', 'pushd', \&live, Stomp::ws_bytes(1, "SEND\nx:" . 'x' x 200), 'frame_timeouts_total'],
    ['SEND in many messages', 'nginx', \&live, join('', map { Stomp::ws_bytes(1, $_) } split //, "SEND\nx:" . 'x' x 60), 'frame_timeouts_total'],
);

# Seconds of the 99th of a hundred messages beside, and of a new handshake.
sub p99 {
    for (1 .. TALKS) {
        my $began = time;
        my $c = Stomp->new($pushd->socket);
        ($c->upgrade)[0] == 101 or return 1e9;
        push @{$beside->{times}}, time - $began;
        $beside->talks or return 1e9;
        $_[0]->() if $_[0];
    }
    return $beside->percentile(99);
}

p99();
for my $row (@rows) {
    my ($name, $where, $begin, $bytes, $metric) = @$row;
    SKIP: {
        skip 'no nginx', 6 if $where eq 'nginx' && !$nginx;
        my $target = $where eq 'nginx' ? $nginx->address : $pushd->socket;
        my $before = p99();
        my ($counted, $opened, $resident) = ($metric ? $pushd->metric($metric) : 0, $pushd->metric('connections_opened_total'), Beside::resident($pushd));
        Beside::forget_peak($pushd);
        my $began = time;
        my @slow = map { $begin->($target) } 1 .. MANY;
        my ($at, $alive) = (0, MANY);
        my $dribble = sub {
            my $byte = $at < length $bytes ? substr $bytes, $at++, 1 : ''; # all said: it waits to be cut
            for (grep { !$_->{is_gone} } @slow) {
                $_->{is_gone} = 1 if $byte ne '' && !$_->put($byte);
                while (!$_->{is_gone} && IO::Select->new($_->{socket})->can_read(0)) {
                    $_->{is_gone} = 1 unless $_->fill(time + 0.001);
                }
            }
            $alive = grep { !$_->{is_gone} } @slow;
        };
        my $during = p99($dribble);
        $pushd->wait_for(sub { $dribble->(); !$alive }) if $alive;
        is($alive, 0, "$where, $name: all " . MANY . ' are cut');
        cmp_ok(time - $began, '<', 12, 'in time');
        if ($metric) {
            ok($pushd->wait_for(sub { $pushd->metric($metric) - $counted >= MANY }), "and counted in $metric");
        } else {
            cmp_ok($pushd->metric('connections_opened_total') - $opened, '<=', TALKS, 'by nginx: pushd does not see them');
        }
        cmp_ok($during, '<', 2 * $before + NOISE_S, sprintf 'good users: p99 %.1f ms, %.1f ms before', 1000 * $during, 1000 * $before);
        ok($pushd->wait_for(sub { $pushd->metric('connections') <= 2 }), 'nobody is left');
        SKIP: {
            skip 'a sanitizer keeps memory', 1 if Beside::is_sanitized($pushd);
            cmp_ok((Beside::peak($pushd) - $resident) / MANY, '<', 20_000, sprintf 'a slow one costs %d bytes', (Beside::peak($pushd) - $resident) / MANY);
        }
    }
}
is($pushd->stop, 0, 'TERM ends it');
unlike($pushd->log, qr/ERROR: AddressSanitizer|runtime error|LeakSanitizer|ThreadSanitizer/, 'no sanitizer has anything to say');
done_testing;
