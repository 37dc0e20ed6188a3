# SockJS by bytes, in the order of the tests of sockjs-protocol 0.3.3: greeting, info, session URLs, the transports' heads, closing. What they ask by
# an echo service is asked by STOMP frames here. Left out: the frame page, htmlfile, JSONP and the JSESSIONID cookie, which are not served
# (doc/wire.md), and the origin null, which is refused. Streams and polls at length are 3004's.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Encode ();
use JSON::PP ();
use Test::More;
use Pushd;
use Stomp;

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output todo_output);

# No heart-beat comes in the time of this test: what it sees has another reason.
my $friend = 'http://friend.example';
my $pushd = Pushd->start(linger => '60s', allowed_origins => $friend, debug_open_prefix => '/topic/open/');
my $path = $pushd->socket;
my $customer = $pushd->member(1, '고객');
my @cookie = ('Cookie: sid=' . $customer->{cookie});
my $serial = 0;
sub new_url { return '/ws/' . sprintf('%03d', ++$serial) . "/s$serial" }

# ---- requests ----
sub ask {
    my ($method, $url, $body, @headers) = @_;
    my $c = Stomp->new($path);
    my $bytes = Encode::encode('UTF-8', $body // '');
    my @length = $method eq 'GET' ? () : ('Content-Length: ' . length $bytes);
    $c->put(join("\r\n", "$method $url HTTP/1.1", 'Host: localhost', 'Connection: close', @length, @headers) . "\r\n\r\n$bytes");
    return $c;
}

sub unchunk {
    my $body = shift;
    my $plain = '';
    while ($body =~ s/^([0-9a-fA-F]+)\r\n//) {
        my $n = hex $1 or last;
        $plain .= substr $body, 0, $n, '';
        $body =~ s/^\r\n//;
    }
    return $plain;
}

# {status, head, body} of the whole answer.
sub whole {
    my $c = shift;
    my $end = Time::HiRes::time() + $Stomp::PATIENCE;
    1 while $c->fill($end);
    my ($head, $body) = split /\r\n\r\n/, $c->{in}, 2;
    my ($status) = ($head // '') =~ m{^HTTP/1\.1 (\d+)};
    $body = unchunk($body) if ($head // '') =~ /^Transfer-Encoding: chunked/mi;
    return {status => $status // 0, head => $head // '', body => $body // ''};
}

sub get { return whole(ask('GET', shift, undef, @_)) }
sub post { my ($url, $body, @headers) = @_; return whole(ask('POST', $url, $body, @cookie, @headers)) }
sub header { my ($answer, $name) = @_; return $answer->{head} =~ /^\Q$name\E: (.*?)\r?$/mi ? $1 : undef }
sub seen { my ($c, $re) = @_; my $end = Time::HiRes::time() + $Stomp::PATIENCE; until ($c->{in} =~ $re) { $c->fill($end) or return 0 } return 1 }
sub frames { return JSON::PP->new->encode([map { Encode::decode('UTF-8', Stomp::stomp_bytes(@$_)) } @_]) }
my $connect = ['CONNECT', {'accept-version' => '1.2'}];

sub no_cache { my ($r, $name) = @_; like(header($r, 'Cache-Control'), qr/no-store.*no-cache.*max-age=0/, "$name: not to be kept") }
sub no_cookie { my ($r, $name) = @_; is(header($r, 'Set-Cookie'), undef, "$name: no cookie") }
sub cors {
    my ($r, $name) = @_;
    is(header($r, 'Access-Control-Allow-Origin'), $friend, "$name: the origin");
    is(header($r, 'Access-Control-Allow-Credentials'), 'true', "$name: with credentials");
    like(header($r, 'Vary'), qr/Origin/, "$name: by origin");
}

# ---- the greeting ----
for ('/ws', '/ws/') {
    my $r = get($_);
    is("$r->{status} $r->{body}", "200 Welcome to SockJS!\n", "greeting at $_");
    like(header($r, 'Content-Type'), qr{^text/plain; charset=utf-8$}i, 'its type');
    no_cookie($r, $_);
}
is(get($_)->{status}, 404, "nothing at $_") for '/ws/a', '/ws/a.html', '/ws//', '/ws///', '/ws/a/a', '/ws/a/a/', '/ws/a/', '/ws/iframe.html', '/ws/iframe-1.6.1.html', '/ws/0/s/htmlfile', '/ws/0/s/jsonp';

# ---- info ----
my ($info, $again) = map { get('/ws/info?t=1', "Origin: $friend", @cookie) } 1, 2;
is($info->{status}, 200, 'info');
is(header($info, 'Content-Type'), 'application/json; charset=UTF-8', 'its type');
no_cache($info, 'info');
no_cookie($info, 'info');
cors($info, 'info');
my ($one, $two) = map { JSON::PP->new->decode($_->{body}) } $info, $again;
is_deeply([sort keys %$one], [qw(cookie_needed entropy origins websocket)], 'what it says');
is_deeply($one->{origins}, ['*:*'], 'origins');
ok($one->{websocket} && $one->{cookie_needed}, 'WebSocket and cookies');
ok($one->{entropy} =~ /^\d+$/ && $one->{entropy} != $two->{entropy}, 'new entropy each time');
is(get('/ws/info', $_)->{status}, 403, "info: $_") for 'Origin: null', 'Origin: http://evil.example', "Origin: $friend.evil.example";
for (['/ws/info', 'OPTIONS, GET'], [new_url() . '/xhr', 'OPTIONS, POST'], [new_url() . '/xhr_send', 'OPTIONS, POST'], [new_url() . '/xhr_streaming', 'OPTIONS, POST'], [new_url() . '/eventsource', 'OPTIONS, GET']) {
    my ($url, $methods) = @$_;
    my $r = whole(ask('OPTIONS', $url, '', "Origin: $friend", 'Access-Control-Request-Method: POST', 'Access-Control-Request-Headers: a, b, c'));
    is($r->{status}, 204, "OPTIONS $url");
    is($r->{body}, '', 'no body');
    is(header($r, 'Access-Control-Allow-Methods'), $methods, 'methods');
    is(header($r, 'Access-Control-Allow-Headers'), 'a, b, c', 'headers as asked for');
    cmp_ok(header($r, 'Access-Control-Max-Age'), '>', 1_000_000, 'for long');
    cors($r, "OPTIONS $url");
    $r = whole(ask('OPTIONS', $url, '', "Origin: $friend", 'Access-Control-Request-Headers: '));
    is(header($r, 'Access-Control-Allow-Headers'), undef, 'none when none were asked for');
    is(whole(ask('OPTIONS', $url, '', 'Origin: http://evil.example'))->{status}, 403, 'not for others');
}
is($pushd->metric('connections'), 0, 'no session has begun by that');

# ---- session URLs ----
is(post("/ws/$_/xhr", '')->{body}, "o\n", "a session at $_") for 'a/a', '_/_', '1/1', 'abcdefgh_i-j%20/abcdefg_i-j%20';
for ('/ws//xhr', '/ws/a./a/xhr', '/ws/a/a./xhr', '/ws/./.', '/ws/./a/xhr', '/ws///xhr', '/ws/a/a/xhr/', '/ws/a/a/xhr/b') {
    is(get($_)->{status}, 404, "GET $_");
    is(post($_, '')->{status}, 404, "POST $_");
}
is(post('/ws/000/same/xhr', '')->{body}, "o\n", 'a session');
is(post('/ws/111/same/xhr_send', frames($connect))->{status}, 204, 'the server part of the URL is nobody\'s business');
like(post('/ws/999/same/xhr', '')->{body}, qr/^a\["CONNECTED/, 'it is the same session');

# ---- WebSocket: wrong requests ----
for my $url ('/ws/0/0/websocket', '/ws/websocket') {
    is(get($url)->{status}, 400, "GET $url without an upgrade");
    is((Stomp->new($path)->upgrade(path => $url, Connection => 'close'))[0], 400, 'Connection: close');
    is((Stomp->new($path)->upgrade(path => $url, Connection => 'keep-alive, Upgrade'))[0], 101, 'Connection as Firefox says it');
    for my $method (qw(PUT POST)) {
        my $r = whole(ask($method, $url, 'x'));
        is($r->{status}, 405, "$method $url");
        like(header($r, 'Allow'), qr/GET/, 'says what is allowed');
    }
}
for (['["a'], ['{}'], ['[1]'], ['x']) {
    my $c = Stomp->new($path);
    $c->upgrade(path => '/ws/0/bad/websocket');
    $c->ws(1, $_->[0]);
    my @got;
    while (my $f = $c->take_ws // ($c->fill(Time::HiRes::time() + $Stomp::PATIENCE) ? next : undef)) { push @got, $f; last if $f->[0] == 8 }
    is($got[0][1], 'o', 'opens');
    is(unpack('n', $got[-1][1]), 1002, "$_->[0]: 1002");
}

# ---- xhr ----
{
    my $url = new_url();
    my $r = post("$url/xhr", '', "Origin: $friend");
    is("$r->{status} $r->{body}", "200 o\n", 'the first poll opens');
    is(header($r, 'Content-Type'), 'application/javascript; charset=UTF-8', 'its type');
    no_cache($r, 'xhr');
    cors($r, 'xhr');
    no_cookie($r, 'xhr');
    $r = post("$url/xhr_send", frames($connect, ['SUBSCRIBE', {id => 1, destination => '/topic/open/p'}]), "Origin: $friend");
    is("$r->{status} $r->{body}", '204 ', 'xhr_send, two strings at once');
    is(header($r, 'Content-Type'), 'text/plain; charset=UTF-8', 'its type');
    no_cache($r, 'xhr_send');
    cors($r, 'xhr_send');
    like(post("$url/xhr", '')->{body}, qr/^a\["CONNECTED/, 'the answer');
    for my $type ('text/plain', 'T', 'application/json', 'application/xml', '', 'application/json; charset=utf-8', 'text/xml; charset=utf-8', 'text/xml') {
        is(post("$url/xhr_send", frames(['SEND', {destination => '/topic/open/p'}, "as '$type'"]), "Content-Type: $type")->{status}, 204, "taken as '$type'");
        like(post("$url/xhr", '')->{body}, qr/as '\Q$type\E'/, 'and told');
    }
    is(post("$url/xhr_send", JSON::PP->new->allow_nonref->encode(Encode::decode('UTF-8', Stomp::stomp_bytes('SEND', {destination => '/topic/open/p'}, 'alone'))))->{status}, 204, 'one string without an array');
    like(post("$url/xhr", '')->{body}, qr/alone/, 'is taken');
    for (['["x', 'Broken JSON encoding.'], ['', 'Payload expected.'], ['[1]', 'Broken JSON encoding.'], ['{"a":"b"}', 'Broken JSON encoding.'], ["[\"\xff\"]", 'Broken JSON encoding.', 1]) {
        my $other = new_url();
        post("$other/xhr", '');
        my $c = Stomp->new($path);
        my $bytes = $_->[2] ? $_->[0] : Encode::encode('UTF-8', $_->[0]);
        $c->put("POST $other/xhr_send HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n$cookie[0]\r\nContent-Length: " . length($bytes) . "\r\n\r\n$bytes");
        $r = whole($c);
        is("$r->{status} $r->{body}", "500 $_->[1]", 'xhr_send of ' . JSON::PP->new->ascii->allow_nonref->encode($_->[0]));
    }
    $r = post(new_url() . '/xhr_send', '["x"]', "Origin: $friend");
    is($r->{status}, 404, 'xhr_send without a session');
    cors($r, 'and that');
    no_cookie($r, 'and that');
    is(whole(ask('GET', "$url/$_", undef, @cookie))->{status}, 405, "GET $_") for qw(xhr xhr_send xhr_streaming);
    is(post("$url/eventsource", '')->{status}, 405, 'POST eventsource');
    my $c = Stomp->new($path);
    $c->put("POST $url/xhr_send HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n$cookie[0]\r\nContent-Length: 300000\r\n\r\n" . ('x' x 300000));
    is(whole($c)->{status}, 413, 'far too big');
}

# ---- the heads of streams, HTTP/1.0 and 1.1 ----
{
    my $r = ask('POST', new_url() . '/xhr_streaming', '', @cookie, "Origin: $friend");
    ok(seen($r, qr/o\n/), 'a stream opens');
    my ($head) = split /\r\n\r\n/, $r->{in};
    $r = {head => $head};
    is(header($r, 'Content-Type'), 'application/javascript; charset=UTF-8', 'its type');
    is(header($r, 'Transfer-Encoding'), 'chunked', 'in chunks');
    no_cache($r, 'a stream');
    cors($r, 'a stream');
    $r = ask('GET', new_url() . '/eventsource', undef, @cookie, "Origin: $friend");
    ok(seen($r, qr/\r\n\r\n.*?data: o\r\n\r\n/s), 'EventSource opens');
    my ($first) = split /data:/, unchunk((split /\r\n\r\n/, $r->{in}, 2)[1]);
    is($first, "\r\n", 'with an empty line before');
    $r = {head => $r->{in}};
    is(header($r, 'Content-Type'), 'text/event-stream; charset=UTF-8', 'its type');
    no_cache($r, 'EventSource');
    my $c = Stomp->new($path);
    $c->put('POST ' . new_url() . "/xhr HTTP/1.0\r\nHost: localhost\r\n$cookie[0]\r\nContent-Length: 0\r\n\r\n");
    $r = whole($c);
    like($c->{in}, qr{^HTTP/1\.[01] 200 .*\r\n\r\no\n\z}s, 'HTTP/1.0: no chunks, then the end');
    $c = Stomp->new($path);
    my $url = new_url();
    $c->put("POST $url/xhr HTTP/1.1\r\nHost: localhost\r\n$cookie[0]\r\nContent-Length: 0\r\n\r\n");
    ok(seen($c, qr/o\n\r\n0\r\n\r\n/), 'HTTP/1.1: a poll');
    my $body = frames($connect);
    $c->put("POST $url/xhr_send HTTP/1.1\r\nHost: localhost\r\n$cookie[0]\r\nTransfer-Encoding: chunked\r\n\r\n" . join('', map { sprintf "%x\r\n%s\r\n", length $_, $_ } $body =~ /(.{1,7})/gs) . "0\r\n\r\n");
    ok(seen($c, qr{HTTP/1\.1 204}), 'the next request on it, in chunks of seven bytes');
    $c->put("POST $url/xhr HTTP/1.1\r\nHost: localhost\r\n$cookie[0]\r\nContent-Length: 0\r\n\r\n");
    ok(seen($c, qr/a\["CONNECTED/), 'and the next');
}

# ---- EventSource: what would be a sign of its own comes escaped
{
    my $url = new_url();
    my $e = ask('GET', "$url/eventsource", undef, @cookie);
    ok(seen($e, qr/data: o/), 'EventSource');
    post("$url/xhr_send", frames($connect, ['SUBSCRIBE', {id => 1, destination => '/topic/open/e'}], ['SEND', {destination => '/topic/open/e'}, "  100% \r\n%41\x{200b}"]));
    ok(seen($e, qr/100%25 \\u000d\\n%2541/), 'a % as %25, ends of lines as JSON has them');
}

# ---- closing ----
my %stop = (xhr => 'POST', xhr_streaming => 'POST', eventsource => 'GET');
for my $transport (sort keys %stop) {
    my $start = $transport eq 'xhr_streaming' ? ('h' x 2048) . "\n" : $transport eq 'eventsource' ? "\r\n" : '';
    my $as = sub { my $f = shift; return $start . ($transport eq 'eventsource' ? "data: $f\r\n\r\n" : "$f\n") };
    my $receive = sub { return ask($stop{$transport}, "$_[0]/$transport", '', @cookie) };

    my $url = new_url();
    post("$url/xhr", '');
    post("$url/xhr_send", frames($connect));
    post("$url/xhr", '');
    my $first = $receive->($url);
    my $second;
    ok($pushd->wait_for(sub { ($second = whole($receive->($url)))->{body} =~ /2010/ }), "$transport: a second receiver");
    is($second->{body}, $as->('c[2010,"Another connection still open"]'), 'is refused');
    post("$url/xhr_send", frames(['DISCONNECT', {receipt => 'r'}]));
    my $rest = whole($first)->{body};
    $rest .= post("$url/xhr", '')->{body} until $rest =~ /c\[/;
    like($rest, qr/RECEIPT.*c\[1000,/s, "$transport: the end is told to the first");
    is(whole($receive->($url))->{body}, $as->('c[3000,"Go away!"]'), 'and again to whoever asks') for 1, 2;

    $url = new_url();
    post("$url/xhr", '');
    post("$url/xhr_send", frames($connect));
    post("$url/xhr", '');
    my $cut = $receive->($url);
    $pushd->wait_for(sub { whole($receive->($url))->{body} =~ /2010/ });
    close $cut->{socket};
    ok($pushd->wait_for(sub { post("$url/xhr_send", '["\n"]')->{status} == 404 }), "$transport: a receiver that went is missed before the next heart-beat");
    is(whole($receive->($url))->{body}, $as->('c[1002,"Connection interrupted"]'), 'and whoever comes back is told') for 1, 2;
}

is($pushd->stop, 0, 'TERM ends it');
unlike($pushd->log, qr/ERROR: AddressSanitizer|ThreadSanitizer|runtime error|LeakSanitizer/, 'no sanitizer has anything to say');
done_testing;
