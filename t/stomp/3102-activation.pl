# Socket activation: pushd takes listening sockets that it was passed, by type and name, leaves them alone at its end, and nobody who connects meanwhile is lost.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Socket;
use Test::More;
use Pushd;
use Stomp;

sub listening {
    my ($type, $path) = @_;
    return IO::Socket::UNIX->new(Type => $type, Local => $path, Listen => 1024) // die "listen $path: $!";
}
sub inode { return (stat $_[0])[1] // 0 }

my $pushd = Pushd->new(linger => '60s', sweep_interval => '1h');
my ($door, $notify) = map { "$pushd->{dir}/$_.sock" } 'pushd', 'notify';
$pushd->{passed} = [listening(SOCK_SEQPACKET, $notify), listening(SOCK_STREAM, $door)];
my @inodes = map { inode($_) } $door, $notify;
$pushd->run;
my ($customer, $agent) = ($pushd->member(1), $pushd->member(2));
my $chat = $pushd->chat($customer, $agent);
my $other_door = sub { return `$ENV{builddir}/t/stomp/other_door $pushd->{dir}/sangdam.conf $customer->{cookie} $chat->{id} @_` + 0 };
my $c = Stomp->connect_as($door, $agent->{cookie});
$c->subscribe('room', "/topic/chat/$chat->{id}");
is($other_door->(1), 1, 'a message by the other door');
my $f = $c->frame;
is($f && $f->{json}{seq}, 1, 'comes by the passed notify socket to who came in by the passed door');
is($pushd->metric('hints_received_total'), 1, 'as a hint');
is_deeply([map { inode($_) } $door, $notify], \@inodes, 'both sockets are those that were passed');
is(scalar(() = $pushd->log =~ /socket_passed/g), 2, 'and it says so');

is($pushd->stop, 0, 'TERM ends it');
is_deeply([map { inode($_) } $door, $notify], \@inodes, 'the sockets stay');
my @waiting = map { Stomp->new($door) } 1 .. 40;
$_->put(join("\r\n", 'GET /ws HTTP/1.1', 'Host: localhost', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', "Cookie: sid=$agent->{cookie}") . "\r\n\r\n") for @waiting;
is($other_door->(2), 2, 'two messages while no pushd runs');
$pushd->run;
my @answers = map { ($_->request_answer)[0] } @waiting;
is(scalar(grep { $_ == 101 } @answers), 40, 'forty who connected while no pushd ran are let in by the next');
$waiting[0]->stomp('CONNECT', {'accept-version' => '1.2', host => 'localhost', 'heart-beat' => '0,0'});
is($waiting[0]->frame->{command}, 'CONNECTED', 'and speak STOMP');
ok($pushd->wait_for(sub { $pushd->metric('hints_received_total') == 2 }), 'the hints waited, too');

# A pushd that stands still and is killed: those who connected meanwhile are served by the next.
my ($served, $tried) = (0, 0);
for my $round (1 .. 3) {
    kill 'STOP', $pushd->{pid};
    $pushd->wait_for(sub { open my $f, '<', "/proc/$pushd->{pid}/stat" or die $!; (<$f> // '') =~ /\) T / }) or die 'it does not stop';
    my @late = map { Stomp->new($door) } 1 .. 20;
    $pushd->stop('KILL');
    $pushd->run;
    for my $x (@late) {
        $tried++;
        my ($status) = $x->upgrade(Cookie => "sid=$customer->{cookie}");
        $served += $status == 101;
    }
}
is($served, $tried, 'a killed pushd takes no waiting client with it');
is($pushd->stop, 0, 'TERM ends it');

# Of two of a type the name decides, and an odd descriptor is no door.
my $named = Pushd->new;
my @paths = map { "$named->{dir}/$_.sock" } 'stray', 'pushd', 'notify';
open my $file, '<', '/dev/null' or die $!;
$named->{passed} = [$file, listening(SOCK_STREAM, $paths[0]), listening(SOCK_STREAM, $paths[1]), listening(SOCK_SEQPACKET, $paths[2])];
$named->{passed_names} = ['file', 'stray', 'pushd', 'whatever'];
$named->run;
is(($named->get('/livez'))[0], 200, 'the socket called pushd answers');
is(scalar(() = $named->log =~ /socket_passed/g), 2, 'two were taken');
is($named->stop, 0, 'TERM ends it');

# What was meant for another process is not ours: pushd makes its own, and removes them.
my $foreign = Pushd->new;
$foreign->{passed} = [listening(SOCK_STREAM, "$foreign->{dir}/stray.sock")];
$foreign->{passed_to} = 1;
$foreign->run;
is(scalar(() = $foreign->log =~ /socket_passed/g), 0, 'sockets passed to another process are left alone');
is($foreign->stop, 0, 'TERM ends it');
ok(!-e $foreign->socket, 'its own socket is gone');
done_testing;
