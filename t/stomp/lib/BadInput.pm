# BadInput: what is thrown at the WebSocket and at STOMP, and what must come back: a table, a row an input, in the order of the classes of bad input that we
# name. 3302 plays it. A row:
#   [CLASS, NAME, ON, BYTES, WANT...]
#   ON     http: BYTES are request lines (a list); ws: behind the upgrade, without a sign-in; cookie, injector: with the cookie of a customer, or of one with a
#          bad name; v10, v11, live: that customer CONNECTED as 1.0, 1.1, 1.2; agent: the agent as 1.2
#   BYTES  WebSocket frames, made by the helpers below; several parts of a list are single writes
#   WANT   in this order: {error => what its message header says, NAME => other headers of that ERROR}, {frame => COMMAND, NAME => header ...},
#          {json => {...}} of a MESSAGE, {close => code}, {quiet => 1}: nothing more comes and it stays open. {status => N, NAME => header}: HTTP
#   and    {metric => NAME}: this counter goes up; {direct => reason}: nginx can't pass it, or passes something else; {nginx_status => N}
# and    {raw => bytes} that must be among those that came. A string in WANT is compared whole, a pattern is matched. {CHAT} is the customer's chat, of three rows,
# {FOREIGN} somebody else's, {TALK} the agent's other one.
package BadInput;
use strict;
use warnings;
use utf8;
use Encode ();
use Stomp;

sub frame { my ($opcode, $payload, %o) = @_; return Stomp::ws_bytes($opcode, $payload, %o) }
sub text { return frame(1, Encode::encode('UTF-8', join '', @_)) }
# A STOMP frame in one message; {} of the head are for the caller's placeholders.
sub stomp { return text(@_, "\0") }
# A head with this length in that many bytes, and a mask; no payload.
sub head { my ($first, $size, $length) = @_; return pack("CC", $first, 0x80 | ($size == 8 ? 127 : 126)) . pack($size == 8 ? 'Q>' : 'n', $length) . "\x01\x02\x03\x04" }
sub closing { my ($code, $reason) = @_; return frame(8, (defined $code ? pack('n', $code) : '') . ($reason // '')) }

my @ws = ('Host: localhost', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version: 13');
# The good handshake, with fields changed: name => undef takes it away.
sub handshake {
    my ($line, %set) = @_;
    my @lines = grep { my ($name) = /^([^:]+)/; !exists $set{$name} } @ws;
    return [$line, @lines, map { ref $set{$_} ? do { my $n = $_; map { "$n: $_" } @{$set{$n}} } : defined $set{$_} ? "$_: $set{$_}" : () } sort keys %set];
}
my $get = 'GET /ws HTTP/1.1';
my $send = "SEND\ndestination:/app/chat.sendMessage\n";
my @bad_frame = ({close => 1002}, {metric => 'protocol_errors_total'});
sub fault { return ({error => $_[0]}, {close => $_[1] // 1002}, {metric => $_[2] // 'protocol_errors_total'}) }
sub refused { return fault($_[0], 1008) }

sub rows {
    my @rows;
    my $class;
    my $add = sub { push @rows, [$class, @_] };

    $class = 'WS handshake, Origin';
    $add->("Origin $_", 'http', handshake($get, Origin => $_), {status => 403}, {metric => 'handshakes_refused_total'})
        for 'null', 'http://localhos', 'http://localhost.example', 'http://xlocalhost', 'http://localhost:81', 'https://localhost', 'localhost', 'http://user@localhost', 'http://localhost/';
    $add->('two Origins, one of them its own', 'http', handshake($get, Origin => ['http://localhost', 'http://evil.example']), {status => 403}, {metric => 'handshakes_refused_total'});
    $add->('its own Origin', 'http', handshake($get, Origin => 'http://localhost'), {status => 101});
    $class = 'WS handshake, nobody';
    $add->('no Origin, cookie or token', 'http', handshake($get), {status => 101});
    $add->('then CONNECT decides', 'ws', [stomp("CONNECT\naccept-version:1.2\nhost:x\n\n")], fault('authentication failed', 1008, 'connects_refused_total'));
    $class = 'WS handshake';
    $add->('no Key', 'http', handshake($get, 'Sec-WebSocket-Key' => undef), {status => 400}, {metric => 'handshakes_refused_total'});
    $add->("Key $_", 'http', handshake($get, 'Sec-WebSocket-Key' => $_), {status => 400}, {metric => 'handshakes_refused_total'})
        for 'AAAA', 'dGhlIHNhbXBsZSBub25jZQ', 'dGhlIHNhbXBsZSBub25jZQ=', 'dGhlIHNhbXBsZSBub25jZSE=', '!!!!!!!!!!!!!!!!!!!!!!==';
    $add->('two Keys', 'http', handshake($get, 'Sec-WebSocket-Key' => [('dGhlIHNhbXBsZSBub25jZQ==') x 2]), {status => 400}, {metric => 'handshakes_refused_total'});
    $add->('HTTP/1.0', 'http', handshake('GET /ws HTTP/1.0'), {status => 400});
    $add->('two Upgrade headers', 'http', handshake($get, Upgrade => ['websocket', 'websocket']), {status => 400},
        {direct => 'nginx keeps the first of two and passes on one'});
    $add->("Upgrade: $_", 'http', handshake($get, Upgrade => $_), {status => 400}, {metric => 'handshakes_refused_total'}) for 'websocket, h2c', 'h2c';
    $add->('Connection: close', 'http', handshake($get, Connection => 'close'), {status => 400}, {direct => 'nginx writes that header itself'});
    $add->("version $_", 'http', handshake($get, 'Sec-WebSocket-Version' => $_), {status => 426, 'Sec-WebSocket-Version' => '13'}, {metric => 'handshakes_refused_total'}) for 8, 0, 14, 'x';
    $add->('no version', 'http', handshake($get, 'Sec-WebSocket-Version' => undef), {status => 426, 'Sec-WebSocket-Version' => '13'});
    $add->('POST', 'http', ['POST /ws HTTP/1.1', 'Host: localhost', 'Content-Length: 0'], {status => 405, Allow => 'GET, HEAD'});
    $add->('POST with an upgrade', 'http', handshake('POST /ws HTTP/1.1', 'Content-Length' => 0), {status => 405});
    $add->('the cookie twice', 'http', handshake($get, Cookie => 'sid=a; sid=b'), {status => 400});
    $add->('a field of 9 KiB', 'http', handshake($get, 'X-Long' => 'x' x 9216), {status => 431, }, {nginx_status => 400});

    $class = 'WS frame';
    $add->('unmasked', 'ws', [frame(1, 'hello', unmasked => 1)], @bad_frame);
    $add->("RSV$_->[0]", 'ws', [frame(1, 'hello', rsv => $_->[1])], @bad_frame) for [1, 0x40], [2, 0x20], [3, 0x10], ['1 on a ping', 0x40];
    $add->(sprintf('opcode %X', $_), 'ws', [frame($_, 'hello')], @bad_frame) for 3 .. 7, 11 .. 15;
    $add->('a ping in fragments', 'ws', [frame(9, 'a', more => 1), frame(0, 'b')], @bad_frame);
    $add->('a ping of 126 bytes', 'ws', [frame(9, 'x' x 126)], @bad_frame);
    $add->('a continuation of nothing', 'ws', [frame(0, 'x')], @bad_frame);
    $add->('a text inside a text', 'ws', [frame(1, 'x', more => 1), frame(1, 'y')], @bad_frame);
    $class = 'WS frame, length';
    $add->('2^63', 'ws', [head(0x81, 8, 1 << 63)], @bad_frame);
    $add->('2^64-1', 'ws', [head(0x81, 8, ~0)], @bad_frame);
    $add->('2^63-1', 'ws', [head(0x81, 8, ~0 >> 1)], {close => 1009}, {metric => 'limit_message_total'});
    $add->('2^31', 'ws', [head(0x82, 8, 1 << 31)], {close => 1009}, {metric => 'limit_message_total'});
    $add->('five bytes in the form of 126', 'ws', [head(0x81, 2, 5) . 'hello'], @bad_frame);
    $add->('65535 in the form of 127', 'ws', [head(0x81, 8, 65535)], @bad_frame);
    $class = 'WS message';
    $add->('64 KiB + 1 in one frame', 'ws', [frame(1, 'x' x 65537)], {close => 1009}, {metric => 'limit_message_total'});
    $add->('64 KiB + 1 in fragments', 'live', [frame(1, "\n" x 60000, more => 1), frame(0, "\n" x 5537)], {close => 1009}, {metric => 'limit_message_total'});
    $add->('65 fragments of one byte', 'ws', [frame(1, "\n", more => 1), (frame(0, "\n", more => 1)) x 64], {close => 1008}, {metric => 'limit_fragments_total'});
    $add->('empty continuations without an end', 'ws', [frame(1, '', more => 1), (frame(0, '', more => 1)) x 500], {close => 1008}, {metric => 'limit_fragments_total'});
    $class = 'WS message, UTF-8';
    $add->('invalid, split over fragments', 'ws', [frame(1, "\xed\xa0", more => 1), frame(0, "\x80")], {close => 1007}, {metric => 'protocol_errors_total'});
    $add->('overlong', 'ws', [frame(1, "\xc0\xaf")], {close => 1007}, {metric => 'protocol_errors_total'});
    $add->('cut at the end', 'ws', [frame(1, "\xec\x95")], {close => 1007}, {metric => 'protocol_errors_total'});
    {
        my $bytes = Encode::encode('UTF-8', "CONNECT\naccept-version:1.2\nhost:안녕\n\n\0");
        my $in = index($bytes, "\xec") + 1;
        $add->('valid, split inside a character', 'ws', [frame(1, substr($bytes, 0, $in), more => 1), frame(0, substr $bytes, $in)], fault('authentication failed', 1008, 'connects_refused_total'));
    }
    $class = 'WS close';
    $add->("code $_", 'ws', [closing($_)], {close => 1002}, {metric => 'protocol_errors_total'}) for 0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535;
    $add->('one byte', 'ws', [frame(8, "\x03")], {close => 1002}, {metric => 'protocol_errors_total'});
    $add->('a reason that is no UTF-8', 'ws', [closing(1000, "\xff\xfe")], {close => 1002}, {metric => 'protocol_errors_total'});
    $add->('data behind it', 'live', [closing(1000, 'bye') . stomp("SEND\ndestination:/app/x\n\n")], {close => 1000});
    $add->('none given', 'live', [closing()], {close => 1005});
    $class = 'WS deflate';
    $add->('offered', 'http', handshake($get, 'Sec-WebSocket-Extensions' => 'permessage-deflate; client_max_window_bits'), {status => 101, 'Sec-WebSocket-Extensions' => undef});
    $add->('and used all the same', 'ws', [frame(1, "\xca\x48\xcd\xc9\xc9\x07\x00", rsv => 0x40)], @bad_frame);

    $class = 'STOMP headers';
    $add->('33 headers', 'live', [stomp($send, map({ "h$_:x\n" } 2 .. 33), "\n{}")], fault('too many headers', 1002, 'limit_headers_total'));
    $add->('32 headers', 'live', [stomp($send, map({ "h$_:x\n" } 3 .. 32), "receipt:r\n\n{}")], {error => 'sessionId is missing or not a string', 'receipt-id' => 'r'}, {close => 1008});
    $add->('a line of 1 KiB + 1', 'live', [stomp($send, 'x:' . 'y' x 1023, "\n\n{}")], fault('header line is too long', 1002, 'limit_headers_total'));
    $add->('a line of 1 KiB', 'live', [stomp("SUBSCRIBE\nid:1\ndestination:/topic/chat/{CHAT}\nreceipt:s\n", 'x:' . 'y' x 1022, "\n\n")], {frame => 'RECEIPT', 'receipt-id' => 's'}, {quiet => 1});
    $add->('no colon', 'live', [stomp($send, "some words\n\n")], fault('header without a colon'));
    $add->('an empty key', 'live', [stomp($send, ":value\n\n")], fault('header without a name'));
    $add->('a key only', 'live', [stomp($send, "key\n\n")], fault('header without a colon'));
    $add->('a key with an empty value is one', 'live', [stomp("SUBSCRIBE\nid:1\nkey:\ndestination:/topic/chat/{CHAT}\nreceipt:s\n\n")], {frame => 'RECEIPT', 'receipt-id' => 's'}, {quiet => 1});
    $add->('an unknown command', 'live', [stomp("SENT\n\n")], fault('unknown command'));
    $add->('a command that only a server sends', 'live', [stomp("MESSAGE\ndestination:/topic/chat/{CHAT}\n\n{}")], fault('unknown command'));
    $add->('a NUL in the head', 'live', [stomp("SEND\ndest\0ination:/x\n\n")], fault('NUL before the end of the headers'));
    $add->('a CR alone', 'live', [stomp("SEND\ndestination:/x\rreceipt:y\n\n")], fault('CR without LF'));
    $add->('an escape that nobody defined', 'live', [stomp("SEND\ndestination:/x\\t\n\n")], fault('undefined escape in a header'));
    $add->('\r for a 1.1 client', 'v11', [stomp("SEND\ndestination:/x\\r\n\n")], fault('undefined escape in a header'));
    $add->('no UTF-8, in a binary message', 'live', [frame(2, "SEND\ndestination:/\xff\n\n\0")], fault('header is not UTF-8'));
    $class = 'STOMP repeated headers';
    $add->('destination: the first wins', 'live', [stomp("SUBSCRIBE\nid:1\ndestination:/topic/chat/{CHAT}\ndestination:/topic/chat/{FOREIGN}\nreceipt:s\n\n")],
        {frame => 'RECEIPT', 'receipt-id' => 's'}, {quiet => 1});
    $add->('destination: a good second does not help', 'live', [stomp("SUBSCRIBE\nid:1\ndestination:/topic/chat/{FOREIGN}\ndestination:/topic/chat/{CHAT}\n\n")],
        {error => 'no such chat, or no right to it'}, {close => 1008});
    $add->('content-length: two that differ', 'live', [stomp($send, "content-length:2\ncontent-length:3\n\n{}")], fault('bad content-length'));
    $add->('content-length: two that agree', 'live', [stomp($send, "content-length:2\ncontent-length:2\n\n{}")], {error => 'sessionId is missing or not a string'}, {close => 1008});
    $class = 'STOMP content-length';
    $add->('ten with five bytes', 'live', [stomp($send, "content-length:10\n\nabcde")], fault('the frame was not finished in time', 1008, 'frame_timeouts_total'));
    $add->('ten with five bytes and another frame', 'live', [stomp($send, "content-length:10\n\nabcde") . stomp("SEND\ndestination:/x\n\n")], fault('content-length does not match the body'));
    $add->('two with five bytes', 'live', [stomp($send, "content-length:2\n\nabcde")], fault('content-length does not match the body'));
    $add->("content-length $_", 'live', [stomp($send, "content-length:$_\n\nx")], fault('bad content-length')) for '-1', '+1', ' 1', '1 ', '0x1', '1e1', '1.0', '';
    $add->("content-length $_", 'live', [stomp($send, "content-length:$_\n\nx")], fault('frame is too big', 1002, 'limit_frame_total')) for '18446744073709551616', '18446744073709551617', '4294967296', '65536';
    $add->('a NUL inside, without length', 'live', [stomp("BEGIN\ntransaction:t\nreceipt:b\n\nab\0cd")], {frame => 'RECEIPT', 'receipt-id' => 'b'}, fault('unknown command'));
    $add->('the last NUL is missing', 'live', [text($send, "\n{}")], fault('the frame was not finished in time', 1008, 'frame_timeouts_total'));
    $add->('a frame of 64 KiB + 1 over two messages', 'live', [text($send, "\n", 'x' x 40000), text('x' x 40000)], fault('frame is too big', 1002, 'limit_frame_total'));
    $class = 'STOMP accept-version';
    $add->($_, 'ws', [stomp("CONNECT\naccept-version:$_\nhost:x\n\n")], {error => 'version', version => '1.0,1.1,1.2'}, {close => 1002}) for '9', '', '1.2.0', '12', '1,2';
    $add->('missing is 1.0', 'cookie', [stomp("CONNECT\n\n")], {frame => 'CONNECTED', version => '1.0'}, {quiet => 1});
    $add->('1.0', 'cookie', [stomp("CONNECT\naccept-version:1.0\n\n")], {frame => 'CONNECTED', version => '1.0'}, {quiet => 1});
    $class = 'STOMP CONNECT';
    $add->('something before it', 'ws', [stomp("SUBSCRIBE\nid:1\ndestination:/topic/chat/{CHAT}\n\n")], refused('CONNECT must come first'));
    $add->('twice', 'live', [stomp("CONNECT\naccept-version:1.2\n\n")], refused('CONNECT may come only once'));
    $class = 'STOMP SUBSCRIBE';
    $add->('a foreign chat', 'live', [stomp("SUBSCRIBE\nid:1\ndestination:/topic/chat/{FOREIGN}\nreceipt:s\n\n")], {error => 'no such chat, or no right to it', 'receipt-id' => 's'}, {close => 1008});
    $add->("/topic$_", 'live', [stomp("SUBSCRIBE\nid:1\ndestination:/topic$_\n\n")], {error => qr/./}, {close => 1008})
        for '/*', '/>', '/..', '/chat/*', '/chat/**', '/chat/../chat/{CHAT}', '/chat/{CHAT}/..', '/chat/{CHAT}/', '/chat/{CHAT}x', '/chat/', '', '/chat/messages', '/admin/notifications';
    $add->('upper-case', 'live', [stomp("SUBSCRIBE\nid:1\ndestination:/TOPIC/chat/{CHAT}\n\n")], {error => qr/./}, {close => 1008});
    $add->("other people's queue $_", 'live', [stomp("SUBSCRIBE\nid:1\ndestination:$_\n\n")], {error => qr/./}, {close => 1008}) for '/queue/messages-user1', '/user/2/queue/messages', '/user/queue/../queue/messages', '/queue/messages';
    $add->('10 KiB', 'live', [stomp("SUBSCRIBE\nid:1\ndestination:/topic/", 'x' x 10240, "\n\n")], fault('header line is too long', 1002, 'limit_headers_total'));
    $add->('empty', 'live', [stomp("SUBSCRIBE\nid:1\ndestination:\n\n")], refused('unknown destination'));
    $add->('none', 'live', [stomp("SUBSCRIBE\nid:1\n\n")], refused('SUBSCRIBE needs the header destination'));
    $add->('an id twice', 'live', [stomp("SUBSCRIBE\nid:1\ndestination:/user/queue/errors\nreceipt:s\n\n"), stomp("SUBSCRIBE\nid:1\ndestination:/topic/chat/{CHAT}\n\n")],
        {frame => 'RECEIPT', 'receipt-id' => 's'}, refused('this subscription id is taken'));
    $add->('no id for a 1.2 client', 'live', [stomp("SUBSCRIBE\ndestination:/topic/chat/{CHAT}\n\n")], refused('SUBSCRIBE needs the header id'));
    $add->('no id for a 1.0 client', 'v10', [stomp("SUBSCRIBE\ndestination:/topic/chat/{CHAT}\nreceipt:s\n\n")], {frame => 'RECEIPT', 'receipt-id' => 's'}, {quiet => 1});
    $add->('an empty id', 'live', [stomp("SUBSCRIBE\nid:\ndestination:/topic/chat/{CHAT}\n\n")], refused('the header id is empty or too long'));
    $add->('an id of 201 bytes', 'live', [stomp("SUBSCRIBE\nid:", 'x' x 201, "\ndestination:/topic/chat/{CHAT}\n\n")], refused('the header id is empty or too long'));
    $class = 'STOMP after';
    $add->($_, 'live', [stomp("SUBSCRIBE\nid:1\nafter:$_\ndestination:/topic/chat/{CHAT}\n\n")], refused('the header after is not a whole number')) for '-1', 'abc', '1.0', '', '0x1', ' 1', '1e3';
    $add->('head + 1000', 'live', [stomp("SUBSCRIBE\nid:1\nafter:1003\ndestination:/topic/chat/{CHAT}\nreceipt:s\n\n")], {frame => 'RECEIPT'}, {json => {kind => 'RESYNC', seq => undef, head => 3}},
        {json => {seq => 1}}, {json => {seq => 2}}, {json => {seq => 3}}, {quiet => 1});
    $add->('2^80', 'live', [stomp("SUBSCRIBE\nid:1\nafter:1208925819614629174706176\ndestination:/topic/chat/{CHAT}\nreceipt:s\n\n")], {frame => 'RECEIPT'}, {json => {kind => 'RESYNC'}},
        {json => {seq => 1}}, {json => {seq => 2}}, {json => {seq => 3}}, {quiet => 1});
    $add->('another epoch', 'live', [stomp("SUBSCRIBE\nid:1\nafter:2\nepoch:00000000-0000-4000-8000-000000000000\ndestination:/topic/chat/{CHAT}\nreceipt:s\n\n")], {frame => 'RECEIPT'}, {json => {kind => 'RESYNC'}},
        {json => {seq => 1}}, {json => {seq => 2}}, {json => {seq => 3}}, {quiet => 1});
    $class = 'STOMP heart-beat';
    $add->($_, 'cookie', [stomp("CONNECT\naccept-version:1.2\nheart-beat:$_\n\n")], {frame => 'CONNECTED', 'heart-beat' => '10000,10000'}, {quiet => 1}) for '0,0', '1,1', '4294967296,1', '99999999999999999999,99999999999999999999';
    $add->($_, 'cookie', [stomp("CONNECT\naccept-version:1.2\nheart-beat:$_\n\n")], refused('malformed heart-beat')) for 'a,b', '1', '1,', ',1', '-1,1', '1,1,1', '1, 1', '';
    $class = 'STOMP receipt';
    $add->('escaped LF and colon in SUBSCRIBE', 'live', [stomp("SUBSCRIBE\nid:1\ndestination:/topic/chat/{CHAT}\nreceipt:a\\nb\\cc\\\\d\\re\n\n")], {raw => "receipt-id:a\\nb\\cc\\\\d\\re\n"}, {quiet => 1});
    $add->('escaped LF and colon in SEND', 'agent', [stomp($send, "receipt:a\\nb\\cc\\\\d\\re\n\n", '{"sessionId":"{TALK}","content":"again","clientMessageId":"11111111-2222-4333-8444-555555555555"}')],
        {raw => "receipt-id:a\\nb\\cc\\\\d\\re\n"}, {quiet => 1});
    $add->('in an ERROR', 'live', [stomp("SEND\nreceipt:a\\nb\\cc\n\n")], {raw => "receipt-id:a\\nb\\cc\n"});
    $class = 'STOMP header injection';
    $add->('through the id of a subscription', 'live', [stomp("SUBSCRIBE\nid:session\\c1\\ndestination\\c/x\nafter:2\ndestination:/topic/chat/{CHAT}\n\n")],
        {raw => "subscription:session\\c1\\ndestination\\c/x\n"}, {quiet => 1});
    $add->('through the name of a member', 'injector', [stomp("CONNECT\naccept-version:1.2\n\n")], {raw => "user-name:session:1 destination:/x\n"}, {quiet => 1});
    $class = 'STOMP transactions';
    $add->('COMMIT of nothing', 'live', [stomp("COMMIT\ntransaction:t\n\n")], refused('unknown transaction'));
    $add->('a SEND that ends its own COMMIT, cut in two', 'live',
        [stomp("BEGIN\ntransaction:t\n\n"), stomp($send, "transaction:t\nreceipt:bad\n\n{"), text("COMMIT\ntransaction:t\n"), text("receipt:c\n\n\0")],
        {error => qr/./, 'receipt-id' => 'bad'}, {close => 1008});
    return @rows;
}

1;
