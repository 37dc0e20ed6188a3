# Two nodes and a Redis that is slow to one of them, and one that drops it as a subscriber that does not read: what is said on one node is seen on the other all the
# same, once and in order, and no loop waits.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Select;
use IO::Socket::UNIX;
use Test::More;
use Time::HiRes qw(time);
use Pushd;
use Redis;
use Stomp;

plan skip_all => 'no redis-server' unless Redis->is_here;
$SIG{PIPE} = 'IGNORE';
use constant DELAY_S => 1.5;
my $redis = Redis->start;

# A line to Redis on which everything takes DELAY_S longer. Returns its socket and its process.
sub slow_line {
    my $path = "$redis->{dir}/slow.sock";
    my $door = IO::Socket::UNIX->new(Local => $path, Listen => 8) or die $!;
    my $pid = fork // die $!;
    return ($path, $pid) if $pid;
    my (%other, @late); # [when, to whom, bytes]
    my $select = IO::Select->new($door);
    while (1) {
        my $wait = @late ? $late[0][0] - time : 1;
        for my $s ($select->can_read($wait > 0 ? $wait : 0)) {
            if ($s == $door) {
                my $near = $door->accept or next;
                my $far = IO::Socket::UNIX->new(Peer => $redis->socket) or do { close $near; next };
                @other{$near, $far} = ($far, $near);
                $select->add($near, $far);
                next;
            }
            my $n = sysread $s, my $bytes, 65536;
            push @late, [time + DELAY_S, $other{$s}, $n ? $bytes : undef];
            $select->remove($s) unless $n;
        }
        while (@late && $late[0][0] <= time) {
            my (undef, $to, $bytes) = @{shift @late};
            defined $bytes ? syswrite $to, $bytes : shutdown $to, 2;
        }
    }
}

my ($slow, $line) = slow_line();
END { local $?; kill 'KILL', $line if $line }
my %set = (redis_key => 'a secret of these two', linger => '1h', grace_customer => '1h', grace_agent => '1h', sweep_interval => '1h', limits => 'off', out_queue_max => '4m');
my $left = Pushd->start(%set, redis_socket => $redis->socket);
plan skip_all => 'pushd was built without hiredis' if $left->log =~ /redis_ignored/;
my $right = Pushd->start(%set, redis_socket => $slow);
my ($customer, $agent) = ($left->member(1), $left->member(2));
my $chat = $left->chat($customer, $agent);
my %side = (c => Stomp->connect_as($left->socket, $customer->{cookie}), a => Stomp->connect_as($right->socket, $agent->{cookie}));
my %next = (c => 1, a => 1);
$_->subscribe('room', "/topic/chat/$chat->{id}") for values %side;

# Says it, and reads both sides up to it: the seconds that the slower took; undef when one did not get it, or not the next row each time.
sub talk {
    my ($from, $text) = @_;
    my $began = time;
    $side{$from}->send_json('/app/chat.sendMessage', {sessionId => $chat->{id}, content => $text});
    for my $to ('c', 'a') {
        my $f;
        do {
            $f = $side{$to}->until(sub { defined $_[0]{json}{seq} || $_[0]{command} eq 'END' }) or return undef;
            return undef if $f->{command} eq 'END' || $f->{json}{seq} != $next{$to}++;
        } until $f->{json}{content} eq $text;
    }
    return time - $began;
}

# ---- slow ----
ok($left->wait_for(sub { 2 == grep { ($_->metric('backplane_up') // 0) == 1 } $left, $right }), 'both nodes have Redis, one by a line that takes its time');
my @took = map { talk($_ % 2 ? 'c' : 'a', "slow $_") } 1 .. 8;
is(scalar(grep { defined } @took), 8, 'eight messages from node to node: each once, in order');
cmp_ok((sort { $b <=> $a } map { $_ // 99 } @took)[0], '<', 4, sprintf 'within the time of the sweep: the slowest after %.1f s', (sort { $b <=> $a } map { $_ // 99 } @took)[0]);
ok($right->wait_for(sub { $right->metric('backplane_received_total') >= 4 }), 'and what Redis brings then is nothing new');
ok(defined talk('c', 'behind it'), 'they talk on');
cmp_ok($_->metric('loop_lag_seconds'), '<', 0.5, 'no loop waits') for $left, $right;

# ---- dropped ----
$right->stop;
$right = Pushd->start(%set, redis_socket => $redis->socket);
$side{a} = Stomp->connect_as($right->socket, $agent->{cookie});
$side{a}->subscribe('room', "/topic/chat/$chat->{id}", after => $next{a} - 1);
ok($left->wait_for(sub { 2 == grep { ($_->metric('backplane_up') // 0) == 1 } $left, $right }), 'both nodes have Redis');
is($redis->ask('CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 262144 0 0'), '+OK', 'Redis has little patience'); # but enough for who reads what it says itself
kill 'STOP', $right->{pid};
my $filler = '가' x 1900;
my $count = 250;
$side{c}->send_json('/app/chat.sendMessage', {sessionId => $chat->{id}, content => "$_ $filler"}) for 1 .. $count;
my $head = $next{c} + $count - 1;
ok($left->wait_for(sub { $left->sql("SELECT message_count FROM chat_session WHERE session_no = $chat->{no}") >= $head }), 'one side talks while the other node stands still');
ok($left->wait_for(sub { 1 == (() = $redis->text('CLIENT', 'LIST') =~ / sub=1 /g) }, 20), 'Redis drops it'); # the other's alone is left
kill 'CONT', $right->{pid};
ok(defined talk('c', 'after the drop'), 'it has all rows when it goes on, each once, in order');
ok($left->wait_for(sub { ($right->metric('backplane_up') // 0) == 1 }), 'and subscribes again');
ok(defined talk('a', 'as before'), 'they talk as before');

# ---- who tells loses its line, who hears does not ----
is($left->stop, 0, 'one node ends');
sub lines { return $redis->text('CLIENT', 'LIST') =~ /^id=(\d+) .* cmd=(?!client)/mg }
ok($right->wait_for(sub { $right->metric('backplane_up') == 1 && 2 == (() = lines()) }), 'two lines are left, those of the other');
my %of_others = map { ($_ => 1) } lines();
my $teller = Pushd->start(%set, redis_socket => $redis->socket);
$side{c} = Stomp->connect_as($teller->socket, $customer->{cookie});
$side{c}->subscribe('room', "/topic/chat/$chat->{id}", after => $next{c} - 1);
ok($right->wait_for(sub { ($teller->metric('backplane_up') // 0) == 1 }), 'a new node comes');
ok(defined talk('c', 'from there'), 'and they talk by it');
my $gaps = $right->metric('backplane_gaps_total');
is($redis->ask('ACL', 'SETUSER', 'default', '-subscribe'), '+OK', 'whoever comes to Redis now is turned away');
my ($its) = grep { !$of_others{$_} } lines();
is($redis->ask('CLIENT', 'KILL', 'ID', $its), ':1', 'a line is cut');
ok($right->wait_for(sub { $teller->metric('backplane_up') == 0 && $right->metric('backplane_up') == 1 }), 'one of the new node');
$side{c}->send_json('/app/chat.sendMessage', {sessionId => $chat->{id}, content => 'told to nobody'});
ok($side{c}->until(sub { ($_[0]{json}{seq} // 0) == $next{c} }), 'a message is stored meanwhile');
$next{c}++;
$redis->ask('ACL', 'SETUSER', 'default', '+subscribe');
ok($right->wait_for(sub { $teller->metric('backplane_up') == 1 }), 'it comes back');
ok(defined talk('c', 'told again'), 'the next message shows the other node that something was never told');
is($right->metric('backplane_gaps_total'), $gaps + 1, 'by its number');
is($_->stop, 0, 'TERM ends it') for $right, $teller;
done_testing;
