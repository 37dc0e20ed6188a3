# The other door: rows that FastCGI programs store reach subscribers by hints, and without them.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Pushd;
use Stomp;

my $pushd = Pushd->start(linger => '60s', sweep_interval => '1h');
my ($customer, $agent) = ($pushd->member(1), $pushd->member(2));
my $chat = $pushd->chat($customer, $agent);
my $topic = "/topic/chat/$chat->{id}";
my $door = sub { return `$ENV{builddir}/t/stomp/other_door $pushd->{dir}/sangdam.conf $customer->{cookie} $chat->{id} @_` + 0 };
my $c = Stomp->connect_as($pushd->socket, $agent->{cookie});
$c->subscribe('room', $topic);
my ($want, $bad) = (1, 0);
my $read_to = sub {
    my $head = shift;
    while ($want <= $head) {
        my $f = $c->frame or return 0;
        next unless $f->{json} && $f->{json}{seq};
        $bad++ if $f->{json}{seq} != $want++;
    }
    return 1;
};
is($door->(300), 300, 'three hundred messages');
ok($read_to->(300), 'arrive');
is($bad, 0, 'each once, in order');
cmp_ok($pushd->metric('hints_received_total'), '>=', 50, 'by hints, but for those that a full socket dropped');
is($pushd->metric('hints_bad_total'), 0, 'all of them read');
is($door->(50, 'drop'), 50, 'fifty whose hints are lost');
ok($read_to->(350), 'arrive, too');
is($door->(1), 1, 'one with a hint');
$pushd->stop('KILL');
is($door->(20), 20, 'without pushd messages are stored all the same');
$pushd->run;
$c = Stomp->connect_as($pushd->socket, $agent->{cookie});
$c->subscribe('room', $topic, after => 350);
ok($read_to->(371), 'and replayed');

# Both doors at once, several writers each, one order for all.
my @reader = map { my $x = Stomp->connect_as($pushd->socket, $customer->{cookie}); $x->subscribe('room', $topic, after => 371); $x } 1 .. 3;
my @child = map { my $pid = fork // die $!; if (!$pid) { $door->(100); POSIX::_exit(0) } $pid } 1 .. 3;
$c->subscribe('errors', '/user/queue/errors');
$c->send_json('/app/chat.sendMessage', {sessionId => $chat->{id}, content => "stomp $_"}, receipt => $_) for 1 .. 10;
waitpid $_, 0 for @child;
my $head = $pushd->sql("SELECT message_count FROM chat_session WHERE session_no = $chat->{no}");
is($head, 371 + 310, 'all are stored');
for my $x (@reader) {
    ($c, $want) = ($x, 372);
    ok($read_to->($head), 'a reader has them all');
}
is($bad, 0, 'each once, in one order');
is($pushd->stop, 0, 'TERM ends it');
done_testing;
