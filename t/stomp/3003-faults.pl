# What pushd survives: long replays, slow readers, silence, unfinished frames, limits, no descriptors, a killed pushd, a killed MariaDB.
use strict;
use warnings;
$SIG{PIPE} = "IGNORE"; # a ping may come right after our half was shut
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Socket qw(SOL_SOCKET SO_RCVBUF);
use Test::More;
use Pushd;
use Stomp;

my $pushd = Pushd->start(connect_timeout => '500ms', frame_timeout => '500ms', dead_after => '1500ms', ping_interval => '500ms', out_queue_age => '1s', out_queue_max => '64k',
    subscriptions_max => 3, connections_per_account => 4, connections_per_address => 5, send_rate => '6/60s', linger => '60s',
    db_read_timeout => '2s', db_connect_timeout => '2s',
    push_workers => 1, push_writers => 1); # each has its connection when descriptors run out
my $path = $pushd->socket;
my ($customer, $agent) = ($pushd->member(1), $pushd->member(2));
my $chat = $pushd->chat($customer, $agent);
my $topic = "/topic/chat/$chat->{id}";
my $seq = sub { my $seq = shift; return sub { ($_[0]{json}{seq} // 0) == $seq } };

# ---- time-outs ----
{
    my $x = Stomp->new($path);
    $x->upgrade;
    is($x->frame->{headers}{message}, 'no CONNECT came in time', 'connect_timeout');
    is($x->frame->{code}, 1008, 'closes');
    $x = Stomp->connect_as($path, $customer->{cookie});
    $x->ws(1, "SEND\ndestination:/app/x\ncontent-length:10\n\nabc");
    is($x->frame->{headers}{message}, 'the frame was not finished in time', 'frame_timeout');
    $x = Stomp->connect_as($path, $customer->{cookie});
    $x->{deaf} = 1;
    is($x->frame->{headers}{message}, 'nothing was heard from you', 'dead_after');
    cmp_ok($x->{pings}, '>=', 1, 'after pings');
    $x = Stomp->connect_as($path, $customer->{cookie});
    is($x->frame(2.5), undef, 'pongs are life');
    shutdown $x->{socket}, 1;
    is($x->frame->{command}, 'END', 'a half-closed peer is let go');
}

# ---- limits ----
{
    my $x = Stomp->connect_as($path, $customer->{cookie});
    $x->subscribe($_, $topic) for 1 .. 3;
    $x->stomp('SUBSCRIBE', {id => 4, destination => $topic});
    is($x->frame->{headers}{message}, 'too many subscriptions', 'subscriptions_max');
    $x->until(sub { $_[0]{command} eq 'END' });
    my @open = map { Stomp->connect_as($path, $customer->{cookie}) } 1 .. 4;
    my $y = Stomp->new($path);
    $y->upgrade(Cookie => "sid=$customer->{cookie}");
    $y->stomp('CONNECT', {'accept-version' => '1.2'});
    is($y->frame->{headers}{message}, 'too many connections of this account', 'connections_per_account');
    my @near = map { my $c = Stomp->new($path); ($c->upgrade('X-Forwarded-For' => '192.0.2.7'))[0] == 101 ? $c : () } 1 .. 5;
    is(scalar @near, 5, 'five of one address');
    is((Stomp->new($path)->upgrade('X-Forwarded-For' => '192.0.2.7'))[0], 429, 'connections_per_address');
    is((Stomp->new($path)->upgrade('X-Forwarded-For' => '192.0.2.8'))[0], 101, 'another address may');
}
ok($pushd->wait_for(sub { $pushd->metric('connections') == 0 }), 'all are gone');
{
    my $x = Stomp->connect_as($path, $agent->{cookie});
    $x->subscribe('errors', '/user/queue/errors');
    $x->send_json('/app/chat.sendMessage', {sessionId => $chat->{id}, content => "m$_"}, receipt => $_) for 1 .. 3;
    my $f = $x->until(sub { ($_[0]{json}{code} // '') eq '06' });
    is($f->{headers}{'receipt-id'}, 3, 'send_rate: the third is too many');
    cmp_ok($f->{json}{retryAfterMs}, '>', 1000, 'with the time to wait');
}

# ---- a long replay; a reader that stops and goes on ----
$pushd->add_rows($chat, $customer, 10_000);
my $head = $pushd->sql("SELECT message_count FROM chat_session WHERE session_no = $chat->{no}");
{
    my $x = Stomp->connect_as($path, $customer->{cookie});
    $x->subscribe('room', $topic, after => 0);
    my ($want, $bad) = (1, 0);
    while ($want <= $head) {
        my $f = $x->frame or last;
        next unless $f->{json} && $f->{json}{seq};
        $bad++ if $f->{json}{seq} != $want++;
        $pushd->add_rows($chat, $customer, 5) if $want == 5000;
        select undef, undef, undef, 0.7 if $want == 3000; # shorter than out_queue_age
    }
    is($want - 1, $head, "a replay of $head rows");
    is($bad, 0, 'each once, in order');
    ok($x->until($seq->($head + 5)), 'and what came meanwhile');
    is($pushd->metric('slow_closed_total'), 0, 'nobody was slow');
}
$head += 5;
{
    my $x = Stomp->new($path);
    setsockopt $x->{socket}, SOL_SOCKET, SO_RCVBUF, 4096;
    $x->upgrade(Cookie => "sid=$customer->{cookie}");
    $x->stomp('CONNECT', {'accept-version' => '1.2'});
    $x->frame;
    $x->stomp('SUBSCRIBE', {id => 'room', destination => $topic, after => 0});
    ok($pushd->wait_for(sub { $pushd->metric('slow_closed_total') == 1 }), 'a reader that takes nothing is closed');
    my ($want, $f) = (1);
    while (($f = $x->frame) && $f->{command} =~ /MESSAGE/) { last if $f->{json}{seq} != $want++ }
    is($f && $f->{code}, 4008, 'with 4008, and what it reads until then is in order');
}
{
    my $x = Stomp->connect_as($path, $customer->{cookie});
    $x->subscribe('room', $topic);
    setsockopt $x->{socket}, SOL_SOCKET, SO_RCVBUF, 4096;
    $pushd->add_rows($chat, $customer, 3000); # live, for a reader that does not read
    $head += 3000;
    ok($pushd->wait_for(sub { $pushd->metric('slow_closed_total') == 2 }), 'a queue above out_queue_max is closed, too');
    my $y = Stomp->connect_as($path, $customer->{cookie});
    $y->subscribe('room', $topic, after => $head - 1);
    ok($y->until($seq->($head)), 'it resumes with after');
}

# ---- pushd dies and comes back ----
{
    my $x = Stomp->connect_as($path, $customer->{cookie});
    $x->subscribe('room', $topic);
    $pushd->stop('KILL');
    is($x->until(sub { $_[0]{command} eq 'END' })->{command}, 'END', 'killed');
    $pushd->add_rows($chat, $customer, 3);
    $pushd->run;
    $x = Stomp->connect_as($path, $customer->{cookie});
    $x->subscribe('room', $topic, after => $head);
    ok($x->until($seq->($head + 3)), 'what was missed comes after the restart');
    $head += 3;
}

# ---- frozen, and gone on ----
{
    $pushd->write_config(dead_after => '1500ms', send_rate => '6000/10s');
    kill 'HUP', $pushd->{pid};
    ok($pushd->wait_for(sub { $pushd->log =~ /configuration_reloaded/ }), 'HUP reads the configuration');
    my $x = Stomp->connect_as($path, $customer->{cookie});
    $x->subscribe('room', $topic);
    kill 'STOP', $pushd->{pid};
    $pushd->add_rows($chat, $customer, 1);
    $x->send_json('/app/chat.sendMessage', {sessionId => $chat->{id}, content => 'while frozen'}, receipt => 'z');
    select undef, undef, undef, 5; # the fault itself: longer than dead_after and a stall
    kill 'CONT', $pushd->{pid};
    ok($x->receipt('z'), 'a frozen pushd goes on, and nobody is dead');
    ok($x->until($seq->($head + 2)), 'with all rows');
    $head += 2;
}

# ---- no descriptors ----
SKIP: {
    my $x = Stomp->connect_as($path, $customer->{cookie});
    $x->subscribe('room', $topic);
    $x->send_json('/app/chat.sendMessage', {sessionId => $chat->{id}, content => 'before'}, receipt => 'y');
    ok($x->receipt('y'), 'what is needed is open');
    $head++;
    my $used = () = glob "/proc/$pushd->{pid}/fd/*";
    system('prlimit', "--nofile=$used:", '--pid', $pushd->{pid}) == 0 or skip 'no prlimit', 4;
    my @more = map { Stomp->new($path) } 1 .. 3;
    ok($pushd->wait_for(sub { $pushd->cpu; 1 }), 'descriptors run out');
    $x->send_json('/app/chat.sendMessage', {sessionId => $chat->{id}, content => 'still'}, receipt => 'z');
    ok($x->receipt('z'), 'those who are in go on') or diag $pushd->log;
    $head++;
    my $before = $pushd->cpu;
    $x->frame(1);
    cmp_ok($pushd->cpu - $before, '<', 0.3, 'without spinning');
    system('prlimit', '--nofile=4096:', '--pid', $pushd->{pid});
    is(($more[2]->upgrade)[0], 101, 'and those who waited get in');
}

# ---- MariaDB dies and comes back ----
{
    $pushd->write_config(dead_after => '75s', send_rate => '6000/10s');
    kill 'HUP', $pushd->{pid};
    $pushd->wait_for(sub { 2 == (() = $pushd->log =~ /configuration_reloaded/g) });
    my $x = Stomp->connect_as($path, $customer->{cookie});
    $x->subscribe('errors', '/user/queue/errors');
    $x->subscribe('room', $topic);
    $pushd->freeze_database;
    $x->send_json('/app/chat.sendMessage', {sessionId => $chat->{id}, content => 'frozen', clientMessageId => '33333333-2222-4333-8444-555555555555'}, receipt => 'f');
    my $f = $x->until(sub { ($_[0]{headers}{'receipt-id'} // '') eq 'f' });
    is($f && ($f->{json}{code} // $f->{command}), '99', 'MariaDB frozen: nobody says it is stored');
    ok($f && $f->{json}{retryAfterMs}, 'try again');
    ok($pushd->wait_for(sub { ($pushd->get('/readyz'))[0] == 503 }), 'not ready');
    is(($pushd->get('/livez'))[0], 200, 'but alive');
    my $y = Stomp->new($path);
    $y->upgrade(Cookie => "sid=$customer->{cookie}");
    $y->stomp('CONNECT', {'accept-version' => '1.2'});
    like($y->frame->{headers}{message}, qr/away|in time/, 'CONNECT says so');
    kill 'CONT', $ENV{SANGDAM_DB_PID};
    ok($pushd->wait_for(sub { ($pushd->get('/readyz'))[0] == 200 }), 'ready again');
    $x->send_json('/app/chat.sendMessage', {sessionId => $chat->{id}, content => 'frozen', clientMessageId => '33333333-2222-4333-8444-555555555555'}, receipt => 'g');
    ok($x->receipt('g'), 'the same again is stored');
    is($pushd->sql("SELECT COUNT(*) FROM chat_message WHERE session_no = $chat->{no} AND content = 'frozen'"), 1, 'once');
    $pushd->add_rows($chat, $customer, 1);
    my $end = $pushd->sql("SELECT message_count FROM chat_session WHERE session_no = $chat->{no}");
    ok($x->until($seq->($end)), 'and all rows arrive');
}
is($pushd->stop, 0, 'TERM ends it');
unlike($pushd->log, qr/ERROR: AddressSanitizer|runtime error|LeakSanitizer/, 'no sanitizer has anything to say');
done_testing;
