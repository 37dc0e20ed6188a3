#!/usr/bin/perl
# The programs behind a listening socket, as nginx and the keeper use them: many requests at once, records that no web server would send, a stop that loses
# no answer, a reload that keeps the old configuration when the new one is wrong.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use IO::Select;
use IO::Socket::UNIX;
use POSIX ();
use Test::More;
use Door;

Door::with_database();
my $door = Door->new(fcgi_threads => 4);
my $customer = $door->member('Mina', 1);
my $path = "$door->{dir}/run/chat.sock";
my $listen = IO::Socket::UNIX->new(Type => SOCK_STREAM, Local => $path, Listen => 64) or die $!;

sub start {
    my $pid = fork // die $!;
    return $pid if $pid;
    POSIX::dup2(fileno $listen, 0);
    open STDERR, '>>', "$door->{dir}/log" or die $!;
    exec "$Door::build/cgi/chat.fcgi", '-c', $door->{conf} or POSIX::_exit(71);
}

sub record { my ($type, $body) = @_; return pack('CCnnCC', 1, $type, 1, length $body, 0, 0) . $body; }

sub params {
    my (%p) = @_;
    return join '', map { my ($n, $v) = ($_, $p{$_}); (map { $_ < 128 ? chr : pack 'N', $_ | 0x80000000 } length $n, length $v), $n, $v } sort keys %p;
}

sub dial { return IO::Socket::UNIX->new(Type => SOCK_STREAM, Peer => $path) || die "connect: $!"; }

sub head {
    my ($method, $uri, %more) = @_;
    my %p = (REQUEST_METHOD => $method, REQUEST_URI => $uri, SCRIPT_NAME => '', PATH_INFO => '/decoded', QUERY_STRING => $uri =~ /\?(.*)/ ? $1 : '', HTTP_HOST => $Door::host,
        REMOTE_ADDR => '127.0.0.1', HTTP_AUTHORIZATION => "Bearer $customer->{token}", %more);
    my $keeps = delete $p{keeps} // 0; # FCGI_KEEP_CONN
    return record(1, pack 'nCx5', 1, $keeps) . record(4, params(%p)) . record(4, '');
}

# What stands in STDOUT records until the end of the connection; dies after 20 s of silence.
sub answer {
    my ($s) = @_;
    my ($bytes, $text) = ('', '');
    while (IO::Select->new($s)->can_read(20)) {
        sysread($s, my $more, 65536) or last;
        $bytes .= $more;
    }
    while (length $bytes >= 8) {
        my (undef, $type, undef, $n, $pad) = unpack 'CCnnC', $bytes;
        $text .= substr $bytes, 8, $n if $type == 6;
        $bytes = substr $bytes, 8 + $n + $pad;
    }
    return $text;
}

# The same on a connection that stays: until the end of the request.
sub kept_answer {
    my ($s) = @_;
    my ($bytes, $text) = ('', '');
    for (;;) {
        while (length $bytes >= 8) {
            my (undef, $type, undef, $n, $pad) = unpack 'CCnnC', $bytes;
            last if length $bytes < 8 + $n + $pad;
            $text .= substr $bytes, 8, $n if $type == 6;
            $bytes = substr $bytes, 8 + $n + $pad;
            return $text if $type == 3;
        }
        IO::Select->new($s)->can_read(20) or return "silent: $text";
        sysread($s, my $more, 65536) or return "closed: $text";
        $bytes .= $more;
    }
}

sub status { return $_[0] =~ /^Status: (\d+)/ ? $1 : 'none'; }

my $pid = start();
END { kill KILL => $pid if $pid }
my $s = dial();
print $s head('GET', '/api/chat/categories'), record(5, '');
my $text = answer($s);
is status($text), 200, 'one request';
like $text, qr/DELIVERY/;

# ---- more at once than there are threads ----
my @many = map { my $c = dial(); print $c head('GET', '/api/chat/message-types'), record(5, ''); $c } 1 .. 40;
is scalar(grep { status(answer($_)) == 200 } @many), 40, 'forty at once';

# ---- a body that ends too early, one in pieces ----
my $json = '{"categoryId":200}';
my @json = (CONTENT_TYPE => 'application/json', CONTENT_LENGTH => length $json);
$s = dial();
print $s head('POST', '/api/chat/session', @json, CONTENT_LENGTH => 100), record(5, $json), record(5, '');
is status(answer($s)), 400, 'a short body';
is_deeply [$door->sql('SELECT COUNT(*) FROM chat_session')], [[0]], 'and no row';
$s = dial();
$s->autoflush(1);
print $s $_ for head('POST', '/api/chat/session', @json), (map { record(5, $_) } split //, $json), record(5, '');
is status(answer($s)), 201, 'a body in many pieces';

# ---- connections that stay ----
my @kept = map { dial() } 1 .. 12; # three times as many as threads
my $twice = head('GET', '/api/chat/message-types', keeps => 1) . record(5, '');
for my $round (1 .. 3) {
    $_->autoflush(1), print $_ $twice for @kept;
    is scalar(grep { status(kept_answer($_)) eq '200' } @kept), 12, "twelve kept connections, request $round of each";
}
$s = dial();
print $s head('GET', '/api/chat/categories'), record(5, '');
is status(answer($s)), 200, 'none of them keeps a thread from others';
my $unread = 'x' x 3000;
print {$kept[0]} head('GET', '/api/chat/message-types', keeps => 1, CONTENT_LENGTH => 3000), record(5, $unread), record(5, ''), $twice;
is status(kept_answer($kept[0])), 200, 'a body that nobody reads';
print {$kept[1]} head('POST', '/api/chat/session', @json, keeps => 1, CONTENT_LENGTH => 100000), (map { record(5, $unread x 10) } 1 .. 4), record(5, '');
like kept_answer($kept[1]), qr/^(?:closed: )?Status: 413/, 'one that is too large';
print {$kept[2]} $twice;
is status(kept_answer($kept[2])), 200, 'the neighbours stay';
close $_ for @kept[3 .. 7];
print {$kept[8]} $twice;
is status(kept_answer($kept[8])), 200, 'when others have gone, too';

# ---- what no web server sends ----
my @bad = (
    'a huge name' => record(1, pack 'nCx5', 1, 0) . record(4, "\xff\xff\xff\xff\x01" . 'x' x 40) . record(4, ''),
    'an unknown type' => pack('CCnnCC', 1, 99, 1, 0, 0, 0),
    'role 9' => record(1, pack 'nCx5', 9, 0) . record(4, ''),
    'another version' => pack('CCnnCC', 7, 1, 1, 8, 0, 0) . 'x' x 8,
    'an abort in the body' => head('POST', '/api/chat/session', @json) . record(5, '{"cat') . record(2, ''),
    'nothing' => '',
    'half a record' => pack('CCn', 1, 1, 1),
);
while (my ($what, $bytes) = splice @bad, 0, 2) {
    my $c = dial();
    print $c $bytes;
    shutdown $c, 1;
    answer($c);
    my $good = dial();
    print $good head('GET', '/api/chat/message-types'), record(5, '');
    is status(answer($good)), 200, "goes on after $what";
}
is waitpid($pid, POSIX::WNOHANG()), 0, 'the same process';

# ---- reload ----
sub logged { open my $in, '<', "$door->{dir}/log" or die $!; local $/; return <$in> // ''; }
sub until_logged { my ($re) = @_; for (1 .. 200) { return 1 if logged() =~ $re; select undef, undef, undef, 0.05; } return 0; }
open my $conf, '>>', $door->{conf} or die $!;
print $conf "no_such_key = 1\n";
close $conf;
kill HUP => $pid;
ok until_logged(qr/config_refused/), 'a wrong configuration is refused';
$s = dial();
print $s head('GET', '/'), record(5, '');
is status(answer($s)), 200, 'and the old one kept';

# ---- stop ----
$s = dial();
my $body = '{"content":"the last word"}';
my ($id) = map { $_->[0] } $door->sql('SELECT session_id FROM chat_session');
print $s head('POST', "/api/chat/sessions/$id/messages", CONTENT_TYPE => 'application/json', CONTENT_LENGTH => length $body), record(5, substr $body, 0, 5);
$s->flush;
my $idle = dial(); # served in turn: when this is answered, the one above has been accepted
print $idle head('GET', '/api/chat/message-types'), record(5, '');
answer($idle);
kill TERM => $pid;
print $s record(5, substr $body, 5), record(5, '');
is status(answer($s)), 201, 'a request under way is answered';
waitpid $pid, 0;
is $?, 0, "then the program ends well";
is sysread($kept[8], my $nothing, 1), 0, 'and kept connections are closed';
undef $pid;

# ---- flags ----
is system("$Door::build/cgi/chat.fcgi -c $door->{conf} -t >/dev/null 2>&1") >> 8, 78, '-t refuses a wrong configuration';
like `$Door::build/cgi/chat.fcgi -c $door->{conf} -t 2>&1 >/dev/null`, qr/conf:\d+: /, 'with file and line';
is system("$Door::build/cgi/chat.fcgi -V >/dev/null") >> 8, 0, '-V';
is system("$Door::build/cgi/chat.fcgi -h >/dev/null") >> 8, 0, '-h';
is system("$Door::build/cgi/chat.fcgi -x >/dev/null 2>&1") >> 8, 64, 'an unknown flag';
is system("env -u REQUEST_METHOD $Door::build/cgi/chat.fcgi </dev/null >/dev/null 2>&1") >> 8, 64, 'started by nobody';

done_testing;
