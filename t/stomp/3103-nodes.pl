# Two nodes: what happens on one is seen on the other, by Redis, and without it by the clock of chats; who is there is known to both.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Time::HiRes ();
use Pushd;
use Redis;
use Stomp;

plan skip_all => 'no redis-server' unless Redis->is_here;
$SIG{PIPE} = 'IGNORE';
my $redis = Redis->start;
my %set = (redis_socket => $redis->socket, redis_key => 'a secret of these two', linger => '3s', grace_customer => '1h', grace_agent => '1h', sweep_interval => '1h', limits => 'off');
my $left = Pushd->start(%set);
my $right = Pushd->start(%set);
my $stranger = Pushd->start(%set, redis_key => 'another secret');
my @nodes = ($left, $right);
plan skip_all => 'pushd was built without hiredis' if $left->log =~ /redis_ignored/;
my ($customer, $agent, $chief) = ($left->member(1), $left->member(2), $left->member(5));
my $chat = $left->chat($customer, $agent);
my $topic = "/topic/chat/$chat->{id}";
my $are_up = sub { return $left->wait_for(sub { 2 == grep { ($_->metric('backplane_up') // 0) == 1 } @nodes }, 20) };
ok($are_up->(), 'both nodes have Redis');

my $c = Stomp->connect_as($left->socket, $customer->{cookie});
$c->subscribe('room', $topic);
$c->subscribe('live', "$topic/live");
my $a = Stomp->connect_as($right->socket, $agent->{cookie});
$a->subscribe('room', $topic);
$a->subscribe('live', "$topic/live");
my $s = Stomp->connect_as($right->socket, $chief->{cookie});
$s->subscribe('sessions', '/topic/chat/sessions');
my $n = 0;
my %next = (c => 1, a => 1);
# Reads one side up to a frame that fits; rows on the way must be the next ones. The frame, or undef when one was not, or nothing fits.
my $read = sub {
    my ($name, $fits) = @_;
    my ($x, $good) = ($name eq 'c' ? $c : $a, 1);
    while (my $f = $x->frame) {
        return undef if $f->{command} eq 'END';
        $good = 0 if defined $f->{json}{seq} && $f->{json}{seq} != $next{$name}++;
        return $good ? $f : undef if $fits->($f->{json} // {});
    }
    return undef;
};
my $kind = sub { my $kind = shift; return sub { ($_[0]{kind} // '') eq $kind } };
# Sends a message and reads both sides up to it: true when each saw each row once, in order.
my $talk = sub {
    my ($from, $text) = @_;
    $from->send_json('/app/chat.sendMessage', {sessionId => $chat->{id}, content => $text}, receipt => 'r' . ++$n);
    return 2 == grep { $read->($_, sub { ($_[0]{content} // '') eq $text }) } 'c', 'a';
};

# ---- by Redis ----
{
    my $bad = 0;
    for (1 .. 40) { $bad++ unless $talk->($_ % 2 ? $c : $a, "안녕 🙂 $_") }
    is($bad, 0, 'forty messages from node to node, each once and in order');
    $c->send_json('/app/chat.typing', {sessionId => $chat->{id}, typing => \1});
    my $f = $read->('a', $kind->('TYPING'));
    is($f && $f->{json}{side}, 'MEMBER', 'what is never stored comes, too: so it was Redis');
    cmp_ok($right->metric('backplane_received_total'), '>=', 20, 'the other node heard of it');
    is($_->metric('backplane_gaps_total'), 0, 'no number was missed') for @nodes;
}

# ---- who is there ----
{
    my $until = Time::HiRes::time() + 7; # twice linger and more: neither node may call the other's people absent
    my $absent = 0;
    while (Time::HiRes::time() < $until) {
        $absent ||= $left->sql("SELECT COUNT(*) FROM chat_session WHERE session_no = $chat->{no} AND (member_grace_until IS NOT NULL OR admin_grace_until IS NOT NULL OR status_id <> 2)");
        select undef, undef, undef, 0.2;
    }
    is($absent, 0, 'who is connected to one node is not absent for the other');
    $c->leave;
    ok($read->('a', $kind->('PRESENCE')), 'who leaves is seen to have left by the other node');
    $c = Stomp->connect_as($left->socket, $customer->{cookie});
    $c->subscribe('live', "$topic/live"); # first: it would throw away rows while it waits for its receipt
    $c->subscribe('room', $topic, after => $next{c} - 1);
    ok($left->wait_for(sub { $left->sql("SELECT status_id FROM chat_session WHERE session_no = $chat->{no} AND member_grace_until IS NULL") eq '2' }), 'and to be back');
}
my $head_of = sub { return $left->sql("SELECT message_count FROM chat_session WHERE session_no = $chat->{no}") };
for my $name ('c', 'a') { # notices of coming and going are rows, too
    my $head = $head_of->();
    ok($next{$name} > $head || $read->($name, sub { ($_[0]{seq} // 0) >= $head }), "$name has all rows of it");
}

# ---- forged and strange messages ----
{
    my $bad = $right->metric('backplane_bad_total');
    my $head = $head_of->();
    my $row = sprintf '{"v":1,"n":1,"what":"ROWS","session":{"session_no":%d,"member_id":%d,"admin_id":%d,"session_id":"%s","status_id":2,"message_count":%d},"rows":[{"message_id":1,"sender_id":%d,"seq":%d,"message_type_id":11,"sender_type":"M","is_read":"N","sender_name":"x","content":"forged"}]}',
        $chat->{no}, $customer->{id}, $agent->{id}, $chat->{id}, $head + 1, $customer->{id}, $head + 1;
    my $node = '0190f000-0000-7000-8000-000000000001';
    $redis->ask('PUBLISH', 'sangdam', $_) for "s1 $node 1 C - $row", "s1 $node 1 C " . ('0' x 64) . " $row", $row, '', "\xff\xfe", 'x' x 100_000, "s1 $node 1 L - $chat->{id} <script>";
    ok($left->wait_for(sub { $right->metric('backplane_bad_total') >= $bad + 7 }), 'forged messages are counted');
    my $x = Stomp->connect_as($stranger->socket, $agent->{cookie});
    $x->send_json('/app/chat.sendMessage', {sessionId => $chat->{id}, content => 'from a node with another key'}, receipt => 'x');
    ok($x->receipt('x'), 'a node with another key stores');
    my $f = $read->('c', sub { ($_[0]{content} // '') ne '' });
    is($f && $f->{json}{content}, 'from a node with another key', 'and is read from the log, not believed; what was forged was never shown');
    ok($read->('a', sub { ($_[0]{content} // '') eq 'from a node with another key' }), 'by both');
}
$stranger->stop('KILL');

# ---- without Redis ----
$redis->stop('KILL');
ok($left->wait_for(sub { 2 == grep { $_->metric('backplane_up') == 0 } @nodes }), 'Redis is gone');
ok($talk->($c, 'without Redis'), 'a message comes all the same');
ok($talk->($a, 'and back'), 'and its answer');
$redis->run;
ok($are_up->(), 'Redis is back');
$a->send_json('/app/chat.typing', {sessionId => $chat->{id}, typing => \1});
ok($read->('c', $kind->('TYPING')), 'and used');
$redis->ask('CLIENT', 'KILL', 'TYPE', 'pubsub');
ok($talk->($c, 'while subscribers are cut'), 'a cut subscriber loses nothing');
ok($are_up->(), 'and subscribes again');

# ---- a Redis that stands still ----
$redis->signal('STOP');
for my $i (1 .. 5) {
    ok($talk->($i % 2 ? $c : $a, "frozen $i"), "Redis stands still: message $i comes");
}
cmp_ok($left->metric('loop_lag_seconds'), '<', 0.5, 'no loop waits for it');
$redis->signal('CONT');
ok($are_up->(), 'it goes on');
ok($talk->($c, 'thawed'), 'and nothing comes twice');

# ---- a node dies: its people are on their way to the other ----
$left->stop('KILL');
ok($read->('a', $kind->('PRESENCE')), 'the other node sees that they are gone');
$c = Stomp->connect_as($right->socket, $customer->{cookie});
$c->subscribe('room', $topic, after => $next{c} - 1);
ok($right->wait_for(sub { $right->sql("SELECT status_id FROM chat_session WHERE session_no = $chat->{no} AND member_grace_until IS NULL") eq '2' }), 'and takes them in');
is($right->stop, 0, 'TERM ends it');
done_testing;
