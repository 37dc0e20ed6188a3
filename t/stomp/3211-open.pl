# All of STOMP 1.0, 1.1 and 1.2, byte by byte, on the open broker of debug_open_prefix: receipts for every frame, headers and escapes from one version
# to the other, binary bodies, frames that share a message and messages that share a frame, and what is answered by ERROR and the close.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Encode ();
use Test::More;
use Pushd;
use Stomp;

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output todo_output);

my $pushd = Pushd->start(debug_open_prefix => '/topic/open/');
my $path = $pushd->socket;
my $member = $pushd->member(1, '고객');
my $place = '/topic/open/room';
my @versions = ('1.0', '1.1', '1.2');

sub client {
    my ($version, $cookie) = @_;
    my $c = Stomp->new($path);
    $c->upgrade(Cookie => "sid=$member->{cookie}", 'Sec-WebSocket-Protocol' => undef);
    $c->stomp('CONNECT', {'accept-version' => $version, host => 'x'});
    my $f = $c->frame;
    die "CONNECT $version: $f->{command}" unless $f->{command} eq 'CONNECTED';
    is($f->{headers}{version}, $version, "connected as $version");
    return $c;
}

sub message { my $c = shift; return $c->until(sub { $_[0]{command} eq 'MESSAGE' }) }

# The next message of the WebSocket as it is: [opcode, payload].
sub raw {
    my $c = shift;
    my $end = Time::HiRes::time() + $Stomp::PATIENCE;
    while (1) {
        my $f = $c->take_ws;
        return $f if $f && $f->[0] < 8;
        next if $f;
        $c->fill($end) or return [0, ''];
    }
}

# ---- from each version to each ----
for my $from (@versions) {
    my $sender = client($from);
    for my $to (@versions) {
        my $c = client($to);
        ok($c->subscribe('s', $place), "$from to $to: SUBSCRIBE");
        # 1.0 has no escapes: what stands there is meant
        my ($in, $meant) = $from eq '1.0' ? ('a\\nb', 'a\\nb') : $from eq '1.1' ? ('a\\nb\\cc\\\\d', "a\nb:c\\d") : ('a\\nb\\cc\\\\d\\re', "a\nb:c\\d\re");
        $sender->ws(1, Encode::encode('UTF-8', "SEND\ndestination:$place\ncontent-type:text/plain\nx-own:$in\n이름:값 👋\ntwice:first\ntwice:second\nreceipt:r\n\n안녕 👋\0"));
        ok($sender->receipt('r'), 'RECEIPT');
        my ($opcode, $text) = @{raw($c)};
        my $out = $to eq '1.0' ? $meant =~ s/[\n\r]/ /gr : $to eq '1.1' ? $meant =~ s/\\/\\\\/gr =~ s/\n/\\n/gr =~ s/:/\\c/gr =~ s/\r/ /gr : $meant =~ s/\\/\\\\/gr =~ s/\n/\\n/gr =~ s/:/\\c/gr =~ s/\r/\\r/gr;
        is($opcode, 1, 'a text message');
        my ($head, $body) = split /\n\n/, Encode::decode('UTF-8', $text), 2;
        is($body, "안녕 👋\0", 'the body');
        my ($command, @lines) = split /\n/, $head;
        is($command, 'MESSAGE', 'MESSAGE');
        my %h;
        for (@lines) { my ($name, $value) = split /:/, $_, 2; $h{$name} //= $value }
        is($h{'x-own'}, $out, "a header of one's own, as $to writes it");
        is($h{'이름'}, '값 👋', 'in any script');
        is($h{twice}, 'first', 'of a header that came twice the first');
        is($h{'content-type'}, 'text/plain', 'content-type');
        is($h{'content-length'}, length Encode::encode('UTF-8', '안녕 👋'), 'content-length');
        is("$h{destination} $h{subscription}", "$place s", 'destination and subscription');
        ok(length $h{'message-id'}, 'message-id');
        is($h{receipt}, undef, 'the receipt is nobody else\'s');
        $c->leave;
    }
    $sender->leave;
}

# ---- a receipt for each frame ----
for my $version (@versions) {
    my $c = client($version);
    my $ask = sub {
        my ($command, $headers, $body) = @_;
        $c->stomp($command, {%$headers, receipt => "$command-1"}, $body);
        ok($c->receipt("$command-1"), "$version: $command");
    };
    $ask->('SUBSCRIBE', {id => 'a', destination => $place, ack => $version eq '1.0' ? 'client' : 'client-individual'});
    $ask->('SEND', {destination => $place}, 'eins');
    my $f = message($c);
    is($f->{body}, 'eins', 'comes back');
    my $ack = $version eq '1.2' ? $f->{headers}{ack} : $f->{headers}{'message-id'};
    ok(length $ack, 'with what ACK names');
    $ask->($_, $version eq '1.2' ? {id => $ack} : {'message-id' => $ack, subscription => 'a'}) for 'ACK', 'NACK';
    $ask->('BEGIN', {transaction => 't'});
    $c->stomp('SEND', {destination => $place, transaction => 't', receipt => 'in t', 'x-own' => 'kept', 'content-type' => 'text/x'}, 'zwei');
    $c->stomp('ACK', {$version eq '1.2' ? 'id' : 'message-id', $ack, subscription => 'a', transaction => 't', receipt => 'ack in t'});
    ok($c->receipt('ack in t'), 'ACK in a transaction');
    is(scalar(grep { ($_->{headers}{'receipt-id'} // '') eq 'in t' } @{$c->{passed}}), 0, 'SEND in it waits');
    $ask->('COMMIT', {transaction => 't'});
    ok($c->receipt('in t'), 'until COMMIT');
    $f = message($c);
    is("$f->{body} " . ($f->{headers}{'x-own'} // '') . " $f->{headers}{'content-type'}", 'zwei kept text/x', 'with its headers');
    is($f->{headers}{transaction}, undef, 'but for the transaction');
    $ask->('BEGIN', {transaction => 't'});
    $c->stomp('SEND', {destination => $place, transaction => 't', receipt => 'never'}, 'drei');
    $ask->('ABORT', {transaction => 't'});
    $ask->('UNSUBSCRIBE', {id => 'a'});
    $ask->('SEND', {destination => $place}, 'vier');
    $ask->('DISCONNECT', {});
    is($c->frame->{code}, 1000, 'and 1000');
    is_deeply([map { $_->{body} // $_->{headers}{'receipt-id'} } grep { $_->{command} eq 'MESSAGE' || ($_->{headers}{'receipt-id'} // '') eq 'never' } @{$c->{passed}}], [], 'nothing of what was aborted, nothing after UNSUBSCRIBE');
}

# ---- bodies ----
{
    my ($a, $b) = (client('1.2'), client('1.2'));
    ok($b->subscribe('s', $place), 'a listener');
    my $send = sub { my ($bytes, $with_length) = @_; $a->ws(2, "SEND\ndestination:$place\n" . ($with_length ? 'content-length:' . length($bytes) . "\n" : '') . "\n$bytes\0") };
    for (['bytes that are no text', "\x00\xff\xfe\n\n\x00", 2], ['a NUL in a text', "a\0b", 1], ['nothing', '', 1], ['what looks like a frame', "SEND\ndestination:/app/x\n\n\0", 1], ['40,000 bytes', "\xea\xb0\x80" x 13000, 1]) {
        my ($name, $bytes, $opcode) = @$_;
        $send->($bytes, 1);
        my $f = raw($b);
        my ($head, $body) = split /\n\n/, $f->[1], 2;
        is($f->[0], $opcode, "$name: " . ($opcode == 1 ? 'text' : 'binary'));
        like($head, qr/^content-length:${\length $bytes}$/m, 'its length');
        ok($body eq "$bytes\0", 'whole');
    }
    $send->("ohne \xea\xb0\x80", 0);
    is((split /\n\n/, raw($b)->[1], 2)[1], "ohne \xea\xb0\x80\0", 'without content-length up to the NUL');
    $a->stomp('SEND', {destination => $place, 'content-length' => 3, receipt => 'l'}, 'abcd');
    is($a->frame->{command}, 'ERROR', 'a content-length that is too short');
    is($a->frame->{command}, 'CLOSE', 'and the close');
}

# ---- frames and messages ----
{
    my ($a, $b) = (client('1.2'), client('1.2'));
    ok($b->subscribe('s', $place), 'a listener');
    my $frame = sub { my ($text, %h) = @_; return Stomp::stomp_bytes('SEND', {destination => $place, %h}, $text) };
    $a->ws(1, "\n\r\n" . join("\n", map { $frame->("m$_") } 1 .. 5) . "\r\n\n" . ($frame->('m6') =~ s/\n/\r\n/gr));
    is(message($b)->{body}, "m$_", 'one of six frames in a message') for 1 .. 6;
    my $one = $frame->('über viele 가나다 👋');
    $a->ws(1, $_) for $one =~ /(..?)/gs; # a message may end in a character: 2 bytes each are not UTF-8
    is($a->until(sub { $_[0]{command} eq 'CLOSE' })->{code}, 1007, 'a text message that ends in a character is refused');
    $a = client('1.2');
    $a->ws(2, $_) for $one =~ /(.)/gs;
    is(Encode::decode('UTF-8', message($b)->{body}), 'über viele 가나다 👋', 'one frame over many binary messages');
    my @text = map { Encode::encode('UTF-8', $_) } Encode::decode('UTF-8', $one) =~ /(.)/gs;
    $a->ws(1, $_) for @text;
    is(Encode::decode('UTF-8', message($b)->{body}), 'über viele 가나다 👋', 'and over many text ones');
    $a->put(Stomp::ws_bytes(1, substr($one, 0, 7), more => 1) . Stomp::ws_bytes(9, 'between') . Stomp::ws_bytes(0, substr($one, 7, 40), more => 1) . Stomp::ws_bytes(0, substr($one, 47)));
    is(Encode::decode('UTF-8', message($b)->{body}), 'über viele 가나다 👋', 'over fragments with a ping between');
    $a->ws(1, $frame->('ende', receipt => 'x') . substr($frame->('halb'), 0, 20));
    ok($a->receipt('x'), 'a whole frame and a piece');
    $a->ws(1, substr($frame->('halb'), 20) . Stomp::stomp_bytes('DISCONNECT', {receipt => 'y'}));
    ok($a->receipt('y'), 'the rest and another');
    is(message($b)->{body}, $_, "$_ came") for 'ende', 'halb';
}

# ---- ERROR, with the receipt-id where the frame could be read, then the close ----
for (
    ['an unknown command', '1.2', "HELLO\nreceipt:q\n\n\0", 1002], ['a lower-case command', '1.2', "send\nreceipt:q\n\n\0", 1002], ['a header without a colon', '1.2', "SEND\nreceipt\n\n\0", 1002],
    ['\\t as an escape', '1.2', "SEND\ndestination:a\\tb\n\n\0", 1002], ['\\r as an escape in 1.1', '1.1', "SEND\ndestination:a\\rb\n\n\0", 1002], ['a header that is no UTF-8', '1.2', "SEND\nx:\xff\n\n\0", 1002, 2],
    ['SEND without destination', '1.2', "SEND\nreceipt:q\n\n\0", 1008], ['SEND elsewhere', '1.2', "SEND\ndestination:/topic/other\nreceipt:q\n\n\0", 1008], ['SEND to the prefix cut short', '1.2', "SEND\ndestination:/topic/open\nreceipt:q\n\n\0", 1008],
    ['SUBSCRIBE without id', '1.2', "SUBSCRIBE\ndestination:$place\nreceipt:q\n\n\0", 1008], ['the same in 1.1', '1.1', "SUBSCRIBE\ndestination:$place\nreceipt:q\n\n\0", 1008],
    ['SUBSCRIBE without destination', '1.2', "SUBSCRIBE\nid:1\nreceipt:q\n\n\0", 1008], ['an unknown ack mode', '1.2', "SUBSCRIBE\nid:1\ndestination:$place\nack:maybe\nreceipt:q\n\n\0", 1008],
    ['UNSUBSCRIBE without id', '1.2', "UNSUBSCRIBE\nreceipt:q\n\n\0", 1008], ['ACK without id', '1.2', "ACK\nreceipt:q\n\n\0", 1008], ['NACK without id', '1.2', "NACK\nreceipt:q\n\n\0", 1008],
    ['BEGIN without transaction', '1.2', "BEGIN\nreceipt:q\n\n\0", 1008], ['COMMIT of none', '1.2', "COMMIT\ntransaction:t\nreceipt:q\n\n\0", 1008], ['ABORT of none', '1.2', "ABORT\ntransaction:t\nreceipt:q\n\n\0", 1008],
    ['BEGIN twice', '1.2', "BEGIN\ntransaction:t\n\n\0BEGIN\ntransaction:t\nreceipt:q\n\n\0", 1008], ['SEND in no transaction', '1.2', "SEND\ndestination:$place\ntransaction:t\nreceipt:q\n\n\0", 1008],
    ['a second CONNECT', '1.2', "CONNECT\naccept-version:1.2\nhost:x\nreceipt:q\n\n\0", 1008],
) {
    my ($name, $version, $bytes, $code, $opcode) = @$_;
    my $c = client($version);
    $c->ws($opcode // 1, $bytes . Stomp::stomp_bytes('SEND', {destination => $place, receipt => 'late'}));
    my $f = $c->frame;
    is($f->{command}, 'ERROR', "$name: ERROR");
    ok(length $f->{headers}{message} && length $f->{body}, 'says why');
    is($f->{headers}{'content-type'}, 'text/plain', 'in plain text');
    is($f->{headers}{'receipt-id'}, $code == 1008 ? 'q' : undef, 'names the frame') if $bytes =~ /receipt:q/;
    is($c->frame->{code}, $code, "then $code");
    $c->ws(8, pack 'n', $code); # so that it need not wait for our end
    is($c->frame->{command}, 'END', 'and nothing after it');
}

# ---- 1.0: a subscription without an id
my $old = client('1.0');
$old->stomp('SUBSCRIBE', {destination => $place, receipt => 's'});
ok($old->receipt('s'), '1.0: SUBSCRIBE without id');
$old->stomp('SEND', {destination => $place}, 'x');
my $f = message($old);
is($f->{headers}{subscription}, undef, 'MESSAGE without subscription');
$old->leave;

is($pushd->stop, 0, 'TERM ends it');
unlike($pushd->log, qr/ERROR: AddressSanitizer|ThreadSanitizer|runtime error|LeakSanitizer/, 'no sanitizer has anything to say');
done_testing;
