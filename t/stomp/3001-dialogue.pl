# The dialogue of pushd, byte by byte: upgrade, CONNECT, SUBSCRIBE, SEND, replay, refusals.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Pushd;
use Stomp;

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output todo_output);

my $pushd = Pushd->start(send_rate => '3000/10s', sweep_interval => '2s');
my ($customer, $agent, $stranger, $boss) = ($pushd->member(1, '고객'), $pushd->member(2, '상담이'), $pushd->member(1), $pushd->member(3));
my $chat = $pushd->chat($customer, $agent);
my $topic = "/topic/chat/$chat->{id}";
my $path = $pushd->socket;

# ---- HTTP ----
is(($pushd->get('/ws'))[1], "Welcome to SockJS!\n", 'the greeting');
is(($pushd->get('/livez'))[0], 200, 'alive');
is(($pushd->get('/readyz?verbose'))[0], 200, 'ready');
is(($pushd->get('/other'))[0], 404, 'nothing else is here');
like(($pushd->get('/metrics'))[1], qr/^# TYPE sangdam_push_connections gauge$/m, 'metrics for this machine');
is(($pushd->get('/metrics', 'X-Forwarded-For: 192.0.2.1'))[0], 401, 'not for others');
is((Stomp->new($path)->request('POST /ws HTTP/1.1', 'Host: x', 'Content-Length: 0'))[0], 405, 'POST /ws');
for (
    ['a short key', 400, 'Sec-WebSocket-Key' => 'AAAA'], ['no key', 400, 'Sec-WebSocket-Key' => undef], ['version 8', 426, 'Sec-WebSocket-Version' => 8],
    ['origin null', 403, Origin => 'null'], ['another port', 403, Origin => 'http://localhost:81'], ['another scheme', 403, Origin => 'https://localhost'],
    ['a longer host', 403, Origin => 'http://localhost.example'], ['the own origin', 101, Origin => 'http://localhost'], ['no origin', 101],
    ['two cookies', 400, Cookie => 'sid=a; sid=b'],
) {
    my ($name, $want, %h) = @$_;
    is((Stomp->new($path)->upgrade(%h))[0], $want, "handshake: $name");
}
is((Stomp->new($path)->request('GET /ws HTTP/1.0', 'Host: x', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='))[0], 400, 'handshake: HTTP/1.0');
is((Stomp->new($path)->request('GET /ws HTTP/1.1', 'Host: x', 'Upgrade: websocket', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='))[0], 400, 'handshake: two Upgrade headers');

# ---- CONNECT ----
{
    my $c = Stomp->new($path);
    my ($status, $head) = $c->upgrade(Cookie => "sid=$customer->{cookie}",
        first => Stomp::ws_bytes(1, Stomp::stomp_bytes('CONNECT', {'accept-version' => '1.0,1.1,1.2', host => 'x', 'heart-beat' => '10000,10000'})));
    like($head, qr/^Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r$/mi, 'the accept key');
    like($head, qr/^Sec-WebSocket-Protocol: v12\.stomp\r$/mi, 'the subprotocol');
    my $f = $c->frame;
    is($f->{command}, 'CONNECTED', 'a CONNECT that came with the handshake is answered');
    is($f->{headers}{version}, '1.2', 'version');
    is($f->{headers}{'heart-beat'}, '10000,10000', 'heart-beat');
    is($f->{headers}{epoch}, $pushd->sql('SELECT epoch FROM installation'), 'epoch');
    is($f->{headers}{'user-name'}, '고객', 'user-name');
    $c->stomp('DISCONNECT', {receipt => 'bye'});
    ok($c->receipt('bye'), 'DISCONNECT has its receipt');
    is($c->frame->{code}, 1000, 'then the close');
    is($c->frame->{command}, 'END', 'then the end');
}
for (['nobody', undef], ['a wrong cookie', 'x' x 43]) {
    my $c = Stomp->new($path);
    $c->upgrade(defined $_->[1] ? (Cookie => "sid=$_->[1]") : ());
    $c->stomp('CONNECT', {'accept-version' => '1.2', host => 'x'});
    my $f = $c->frame;
    is("$f->{command} $f->{headers}{message}", 'ERROR authentication failed', "CONNECT: $_->[0]");
    is($c->frame->{code}, 1008, 'then 1008');
}
{
    my $c = Stomp->new($path);
    $c->upgrade;
    $c->stomp('CONNECT', {'accept-version' => '9', host => 'x'});
    my $f = $c->frame;
    is($f->{command}, 'ERROR', 'no version in common');
    is($f->{headers}{version}, '1.0,1.1,1.2', 'the supported list');
    $c = Stomp->new($path);
    $c->upgrade;
    $c->stomp('SEND', {destination => '/app/x'});
    is($c->frame->{command}, 'ERROR', 'CONNECT must come first');
    $c = Stomp->new($path);
    $c->upgrade(Cookie => "sid=$customer->{cookie}");
    $c->stomp('CONNECT', {'accept-version' => '1.2', 'heart-beat' => 'a,b'});
    is($c->frame->{command}, 'ERROR', 'a malformed heart-beat');
}

# ---- a conversation ----
my $c = Stomp->connect_as($path, $customer->{cookie});
my $a = Stomp->connect_as($path, $agent->{cookie});
ok($c->subscribe('room', $topic), 'the customer subscribes');
ok($c->subscribe('errors', '/user/queue/errors'), 'and to errors');
ok($c->subscribe('live', "$topic/live"), 'and to what is not stored');
ok($a->subscribe('room', $topic), 'the agent subscribes');
ok($a->subscribe('live', "$topic/live"), 'and to what is not stored');
my $row = sub { my $seq = shift; return sub { ($_[0]{json}{seq} // 0) == $seq && $_[0]{headers}{subscription} eq 'room' } };
my $uuid = '11111111-2222-4333-8444-555555555555';
$c->send_json('/app/chat.sendMessage', {sessionId => $chat->{id}, content => "안녕하세요 😀\r\n둘째 줄", clientMessageId => $uuid, senderType => 'CUSTOMER', timestamp => 'x'}, receipt => 'r:1');
ok($c->receipt('r\\c1') || 1, 'receipt read') if 0;
my $f = $c->until(sub { $_[0]{command} eq 'RECEIPT' });
is($f && $f->{headers}{'receipt-id'}, 'r:1', 'RECEIPT of a SEND');
$f = $a->until($row->(1));
is($f->{json}{content}, "안녕하세요 😀\n둘째 줄", 'the agent has it, CRLF is LF');
is($f->{json}{clientMessageId}, $uuid, 'with the clientMessageId');
is($f->{json}{senderType}, 'M', 'from the customer');
is($f->{json}{kind}, 'TEXT', 'kind');
is($f->{headers}{destination}, $topic, 'destination');
is($f->{headers}{'content-type'}, 'application/json;charset=UTF-8', 'content-type');
$c->send_json('/app/chat.sendMessage', {sessionId => $chat->{id}, content => "안녕하세요 😀\n둘째 줄", clientMessageId => $uuid}, receipt => 'again');
ok($c->receipt('again'), 'a repeated SEND has its RECEIPT');
is($pushd->sql("SELECT COUNT(*) FROM chat_message WHERE session_no = $chat->{no}"), 1, 'and no second row');
$a->send_json('/app/chat.sendMessage', {sessionId => $chat->{id}, content => "답 $_"}) for 2 .. 40;
is($c->until($row->(40))->{json}{content}, '답 40', 'forty answers, pipelined');
is_deeply([map { $_->{json}{seq} } grep { ($_->{json}{seq} // 0) > 1 && $_->{headers}{subscription} eq 'room' } @{$c->{passed}}], [2 .. 39], 'in order, each once');
$c->send_json('/app/chat.typing', {sessionId => $chat->{id}, typing => JSON::PP::true}, receipt => 't');
ok($c->receipt('t'), 'typing');
is($a->until(sub { ($_[0]{json}{kind} // '') eq 'TYPING' })->{json}{side}, 'MEMBER', 'the agent sees it');
$c->send_json('/app/chat.read', {sessionId => $chat->{id}, senderId => 1, senderType => 'M'}, receipt => 'read');
ok($c->receipt('read'), 'read');
$f = $a->until(sub { ($_[0]{json}{kind} // '') eq 'READ' });
is($f->{json}{readSeq}, 40, 'up to the head');
is($f->{json}{content}, 'READ_EVENT', 'as existing pages know it');
$a->send_json('/app/chat.addUser', {sessionId => $chat->{id}, senderId => 5, senderName => 'x', senderType => 'A'}, receipt => 'join');
ok($a->receipt('join'), 'addUser');
is($c->until($row->(41))->{json}{kind}, 'JOIN', 'is a row');
$a->send_json('/app/chat.addUser', {sessionId => $chat->{id}}, receipt => 'join2');
ok($a->receipt('join2'), 'addUser again');
is($pushd->sql("SELECT message_count FROM chat_session WHERE session_no = $chat->{no}"), 41, 'is none');

# ---- refusals ----
my $refused = sub {
    my ($name, $data, $code, %h) = @_;
    $c->send_json('/app/chat.sendMessage', $data, receipt => 'no', %h);
    my $f = $c->until(sub { ($_[0]{headers}{destination} // '') eq '/user/queue/errors' });
    is($f && $f->{json}{code}, $code, "refused: $name");
    is($f->{headers}{'receipt-id'}, 'no', 'with the receipt-id');
    return $f;
};
my $other = $pushd->chat($stranger);
is($refused->('blank', {sessionId => $chat->{id}, content => " \n", clientMessageId => '22222222-2222-4333-8444-555555555555'}, '01')->{json}{clientMessageId},
    '22222222-2222-4333-8444-555555555555', 'with the clientMessageId');
$refused->('too long', {sessionId => $chat->{id}, content => 'x' x 2001}, '01');
$refused->('another chat', {sessionId => $other->{id}, content => 'x'}, '03');
$refused->('no chat', {sessionId => 'x', content => 'x'}, '03');
$refused->('type FILE', {sessionId => $chat->{id}, content => 'x', messageTypeId => 13}, '01');
$refused->('same key, other body', {sessionId => $chat->{id}, content => 'x', clientMessageId => $uuid}, '02');
for (['not JSON', '{'], ['a duplicate key', '{"sessionId":"a","sessionId":"b"}'], ['an unknown key', qq({"sessionId":"$chat->{id}","content":"x","x":1})],
    ['a wrong type', qq({"sessionId":"$chat->{id}","content":5})], ['an array', '[]'], ['a bad clientMessageId', qq({"sessionId":"$chat->{id}","content":"x","clientMessageId":"X"})]) {
    my $x = Stomp->connect_as($path, $customer->{cookie});
    $x->stomp('SEND', {destination => '/app/chat.sendMessage', receipt => 'q'}, $_->[1]);
    my $f = $x->frame;
    is($f->{command} . ' ' . ($f->{headers}{'receipt-id'} // ''), 'ERROR q', "ERROR: $_->[0]");
    is($x->frame->{command}, 'CLOSE', 'and close');
}
{
    my $x = Stomp->connect_as($path, $stranger->{cookie});
    $x->send_json('/app/chat.sendMessage', {sessionId => $chat->{id}, content => 'x'}, receipt => 'q');
    is($x->frame->{command}, 'ERROR', 'a refusal without a subscription to errors');
}
for ('/app/x', '/topic/chat/sessions', '/queue/x', $topic) {
    my $x = Stomp->connect_as($path, $agent->{cookie});
    $x->stomp('SEND', {destination => $_}, '{}');
    is($x->frame->{command}, 'ERROR', "SEND to $_");
}
for ($topic, "$topic/live", '/topic/*', '/topic/>', '/topic/chat/..', '/topic/chat/sessions', '/topic/admin/notifications', "/topic/chat/$other->{id}x", '/user/queue/other', 'x' x 900) {
    my $x = Stomp->connect_as($path, $stranger->{cookie});
    $x->stomp('SUBSCRIBE', {id => 1, destination => $_});
    is($x->frame->{command}, 'ERROR', 'SUBSCRIBE to ' . substr $_, 0, 60);
}
for ('-1', 'abc', '', '1.0') {
    my $x = Stomp->connect_as($path, $customer->{cookie});
    $x->stomp('SUBSCRIBE', {id => 1, destination => $topic, after => $_});
    is($x->frame->{command}, 'ERROR', "after: $_");
}
{
    my $x = Stomp->connect_as($path, $agent->{cookie});
    $x->subscribe('same', '/user/queue/errors');
    $x->stomp('SUBSCRIBE', {id => 'same', destination => '/topic/chat/sessions'});
    is($x->frame->{command}, 'ERROR', 'the same id twice');
}

# ---- replay ----
{
    my $x = Stomp->connect_as($path, $customer->{cookie});
    $x->subscribe('room', $topic, after => 38);
    is($x->until($row->($_))->{json}{seq}, $_, "after 38: $_") for 39 .. 41;
    $pushd->add_rows($chat, $customer, 2);
    is($x->until($row->($_))->{json}{seq}, $_, "without a hint: $_") for 42, 43;
    is($c->until($row->(43))->{json}{seq}, 43, 'for all');
}
for (['behind the head', {after => 1000}], ['another epoch', {after => 1, epoch => $uuid}]) {
    my $x = Stomp->connect_as($path, $customer->{cookie});
    $x->subscribe('room', $topic, %{$_->[1]});
    my $f = $x->frame;
    is("$f->{json}{kind} $f->{json}{head}", 'RESYNC 43', "RESYNC: $_->[0]");
    is($x->frame->{json}{seq}, $_, "row $_") for 1 .. 43;
}
{
    my $x = Stomp->connect_as($path, $customer->{cookie});
    $x->stomp('SUBSCRIBE', {id => 'room', destination => $topic, after => 0});
    $x->stomp('SUBSCRIBE', {id => 'e', destination => '/user/queue/errors'});
    $x->send_json('/app/chat.sendMessage', {sessionId => $chat->{id}, content => 'last'}, receipt => 'z');
    $x->stomp('DISCONNECT', {receipt => 'bye'});
    my @seen;
    my $f = $x->until(sub { push @seen, $_[0]{json}{seq} if $_[0]{json}; ($_[0]{headers}{'receipt-id'} // '') eq 'bye' });
    ok($f, 'SEND and DISCONNECT at once');
    ok((grep { ($_->{headers}{'receipt-id'} // '') eq 'z' } @{$x->{passed}}), 'the SEND is answered before');
}

# ---- transactions, acks, versions
{
    my $x = Stomp->connect_as($path, $customer->{cookie});
    $x->stomp('BEGIN', {transaction => 't'});
    $x->send_json('/app/chat.sendMessage', {sessionId => $chat->{id}, content => 'in t'}, transaction => 't', receipt => 'in');
    $x->stomp('BEGIN', {transaction => 'u'});
    $x->send_json('/app/chat.sendMessage', {sessionId => $chat->{id}, content => 'in u'}, transaction => 'u');
    $x->stomp('ABORT', {transaction => 'u', receipt => 'ab'});
    ok($x->receipt('ab'), 'ABORT');
    $x->stomp('COMMIT', {transaction => 't', receipt => 'co'});
    ok($x->receipt('in'), 'the SEND runs at COMMIT');
    is($pushd->sql("SELECT GROUP_CONCAT(content) FROM chat_message WHERE session_no = $chat->{no} AND content LIKE 'in %'"), 'in t', 'and the other never');
    $x->stomp('ACK', {id => 5, receipt => 'ack'});
    ok($x->receipt('ack'), 'ACK');
    $x->stomp('UNSUBSCRIBE', {id => 'none', receipt => 'un'});
    ok($x->receipt('un'), 'UNSUBSCRIBE');
    $x->ws(9, 'ping');
    $x->stomp('ACK', {id => 5, receipt => 'ack2'});
    $x->receipt('ack2');
    is_deeply($x->{pongs}, ['ping'], 'a ping has its pong');
}

# ---- WebSocket faults
for (['unmasked', Stomp::ws_bytes(1, 'x', unmasked => 1), 1002], ['RSV', Stomp::ws_bytes(1, 'x', rsv => 0x40), 1002], ['opcode 3', Stomp::ws_bytes(3, 'x'), 1002],
    ['too big', Stomp::ws_bytes(1, 'x' x 65537), 1009], ['bad UTF-8', Stomp::ws_bytes(1, "\xff"), 1007]) {
    my $x = Stomp->connect_as($path, $customer->{cookie});
    $x->put($_->[1]);
    is($x->frame->{code}, $_->[2], "WebSocket: $_->[0]");
}

# ---- one of its kind
is(system("$pushd->{program} -c $pushd->{dir}/sangdam.conf 2>$pushd->{dir}/second") >> 8, 69, 'a second pushd does not start');
is($pushd->stop, 0, 'TERM ends it');
is($c->until(sub { $_[0]{command} eq 'CLOSE' })->{code}, 1001, 'and says so');
unlike($pushd->log, qr/ERROR: AddressSanitizer|runtime error|LeakSanitizer/, 'no sanitizer has anything to say');
done_testing;
