# SockJS: the same STOMP over WebSocket frames, polls and streams.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP ();
use Test::More;
use Pushd;
use SockJs;
use Stomp;

my $pushd = Pushd->start(ping_interval => '700ms', linger => '60s');
my $path = $SockJs::path = $pushd->socket;
my ($customer, $agent) = ($pushd->member(1, '고객'), $pushd->member(2));
my $chat = $pushd->chat($customer, $agent);
my $topic = "/topic/chat/$chat->{id}";
my @cookie = ('Cookie: sid=' . $customer->{cookie});

# ---- info ----
my ($status, $body) = $pushd->get('/ws/info');
is($status, 200, 'info');
my $info = JSON::PP->new->decode($body);
ok($info->{websocket} && $info->{cookie_needed}, 'says what there is');
is(($pushd->get('/ws/info', 'Origin: http://evil.example'))[0], 403, 'not for another origin');
for ('/ws/x', '/ws/a.b/c/xhr', '/ws//c/xhr', '/ws/a//xhr', '/ws/a/b/other', '/ws/a/b/xhr/c') { is(($pushd->get($_))[0], 404, "no $_") }
is(($pushd->get('/ws/a/b/xhr'))[0], 405, 'xhr is a POST');

# ---- WebSocket ----
{
    my $c = Stomp->new($path);
    is(($c->upgrade(path => '/ws/000/abc/websocket', Cookie => "sid=$customer->{cookie}"))[0], 101, 'websocket');
    my $next = sub {
        my $end = Time::HiRes::time() + $Stomp::PATIENCE;
        while (1) {
            my $f = $c->take_ws;
            return $f->[1] if $f && $f->[0] == 1 && $f->[1] ne 'h';
            return "close " . unpack('n', $f->[1]) if $f && $f->[0] == 8;
            $c->{beats}++ if $f && $f->[1] eq 'h';
            next if $f;
            $c->fill($end) or return undef;
        }
    };
    is($next->(), 'o', 'opens');
    $c->ws(1, Encode::encode('UTF-8', say('CONNECT', {'accept-version' => '1.2'})));
    like($next->(), qr/^a\["CONNECTED\\nversion:1.2\\n.*\\u0000"\]$/s, 'CONNECTED in an array');
    $c->ws(1, Encode::encode('UTF-8', say('SUBSCRIBE', {id => 'room', destination => $topic, receipt => 's'})));
    like($next->(), qr/RECEIPT/, 'subscribed');
    my $send = say('SEND', {destination => '/app/chat.sendMessage'}, qq({"sessionId":"$chat->{id}","content":"가\\"나\x{200d}\\n다"}));
    $c->ws(1, Encode::encode('UTF-8', substr($send, 0, 40) . '"]')), $c->ws(1, Encode::encode('UTF-8', '["' . substr($send, 40))); # a frame in two messages
    my $got = $next->();
    like($got, qr/\\u200d/, 'what transports lose is escaped');
    my ($f) = @{JSON::PP->new->utf8->decode(substr $got, 1)};
    my ($json) = $f =~ /\n\n(.*)\0/s;
    is(JSON::PP->new->decode($json)->{content}, "가\"나\x{200d}\n다", 'the text is whole');
    $c->ws(1, '');
    $c->fill(Time::HiRes::time() + 2) until grep { $_ && $_ eq 'h' } map { $_->[1] } grep { $_ } $c->take_ws;
    pass('heart-beats');
    $c->ws(1, '["x');
    like($next->(), qr/^c\[1002,/, 'broken framing is told');
    is($next->(), 'close 1002', 'and closed');
}

# ---- polls ----
my $url = '/ws/000/poll1';
is((finish(post("$url/xhr_send", '[]', @cookie)))[0], 404, 'no session yet');
is((finish(post("$url/xhr", '', @cookie)))[1], "o\n", 'the first poll opens');
is((finish(post("$url/xhr_send", say('CONNECT', {'accept-version' => '1.2'}), @cookie)))[0], 204, 'xhr_send');
like((finish(post("$url/xhr", '', @cookie)))[1], qr/^a\["CONNECTED/, 'the answer by a poll');
is((finish(post("$url/xhr_send", say('SUBSCRIBE', {id => 'room', destination => $topic, after => 0}), @cookie)))[0], 204, 'SUBSCRIBE');
like((finish(post("$url/xhr", '', @cookie)))[1], qr/^a\["MESSAGE.*seq/, 'a replay');
{
    my $poll = post("$url/xhr", '', @cookie);
    my $other;
    ok($pushd->wait_for(sub { ($other = (finish(post("$url/xhr", '', @cookie)))[1]) =~ /^c\[2010,/ }), 'a second receiver is refused');
    $pushd->add_rows($chat, $customer, 1);
    my $all = (finish($poll))[1];
    $all .= (finish(post("$url/xhr", '', @cookie)))[1] while $all !~ /row 2/ && length $all < 10000;
    like($all, qr/row 2/, 'a poll waits for news');
}
is((finish(post("$url/xhr_send", '["', @cookie)))[1], 'Broken JSON encoding.', 'broken JSON');
is((finish(post("$url/xhr_send", '', @cookie)))[1], 'Payload expected.', 'nothing');
is((finish(post("$url/xhr_send", '[]', 'Cookie: sid=' . $agent->{cookie})))[0], 404, 'a session is for its cookie alone');

# ---- streams ----
{
    my $s = post('/ws/000/stream1/xhr_streaming', '', @cookie);
    my $seen = sub { my $re = shift; my $end = Time::HiRes::time() + $Stomp::PATIENCE; until ($s->{in} =~ $re) { $s->fill($end) or return 0 } return 1 };
    ok($seen->(qr/h{2048}\n/), 'the prelude');
    ok($seen->(qr/\bo\n/), 'opens');
    finish(post('/ws/000/stream1/xhr_send', say('CONNECT', {'accept-version' => '1.2'}), @cookie));
    ok($seen->(qr/CONNECTED/), 'CONNECTED');
    finish(post('/ws/000/stream1/xhr_send', say('SUBSCRIBE', {id => 'room', destination => $topic, after => 0}), @cookie));
    ok($seen->(qr/row 2/), 'rows');
    $pushd->add_rows($chat, $customer, 600);
    ok($seen->(qr/row 200/), 'many rows');
    my ($status, $body) = finish($s);
    is($status, 200, 'the response ends after 128 KiB');
    cmp_ok(length $body, '<', 160_000, 'and not much later');
    my $rows = join '', $body =~ /\brow \d+\b/g;
    for (1 .. 8) {
        my ($status, $more) = finish(post('/ws/000/stream1/xhr', '', @cookie));
        $rows .= join '', $more =~ /\brow \d+\b/g;
        last if $rows =~ /row 602\z/;
    }
    is($rows, join('', map { "row $_" } 2 .. 602), 'polls go on where it ended, each row once');
    $s = post('/ws/000/stream1/xhr_streaming', '', @cookie);
    ok($seen->(qr/h{2048}\n/), 'another stream');
    close $s->{socket};
    ok($pushd->wait_for(sub { (finish(post('/ws/000/stream1/xhr_send', '[]', @cookie)))[0] == 404 }), 'a cut stream ends the session');
    my $e = Stomp->new($path);
    $e->put("GET /ws/000/events/eventsource HTTP/1.1\r\nHost: localhost\r\n$cookie[0]\r\n\r\n");
    $s = $e;
    ok($seen->(qr/^Content-Type: text\/event-stream/mi), 'eventsource');
    ok($seen->(qr/data: o\r\n\r\n/), 'opens');
    ok($seen->(qr/data: h\r\n\r\n/), 'heart-beats');
}
my $open = $pushd->metric('connections');
ok($pushd->wait_for(sub { $pushd->metric('connections') <= 1 }, 20), 'sessions without a receiver end');
my $last = post('/ws/000/last/xhr', '', @cookie);
is((finish($last))[1], "o\n", 'one more');
$last = post('/ws/000/last/xhr', '', @cookie);
$pushd->wait_for(sub { (finish(post('/ws/000/last/xhr', '', @cookie)))[1] =~ /2010/ });
is($pushd->stop, 0, 'TERM ends it with a poll open');
unlike($pushd->log, qr/ERROR: AddressSanitizer|ThreadSanitizer|runtime error|LeakSanitizer/, 'no sanitizer has anything to say');
done_testing;
