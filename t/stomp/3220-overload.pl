# A database that is too slow: what waits for a writer is bounded in number and in time, who is refused is told so with a time to wait, and a resend of the
# same clientMessageIds ends with one row each. And `writer = plain` stores the same by a transaction a message.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Pushd;
use Stomp;

my $pushd = Pushd->start(push_writers => 1, writer_queue_max => 5, writer_wait_max => '500ms', db_read_timeout => '2s', db_connect_timeout => '2s', send_rate => '6000/10s',
    linger => '1h');
my ($customer, $agent) = ($pushd->member(1), $pushd->member(2));
my $chat = $pushd->chat($customer, $agent);
my $serial = 0;
my $key = sub { return sprintf '00000000-0000-4000-8000-%012x', ++$serial };
my $x = Stomp->connect_as($pushd->socket, $customer->{cookie});
$x->subscribe('errors', '/user/queue/errors');
$x->subscribe('room', "/topic/chat/$chat->{id}");
my $say = sub { $x->send_json('/app/chat.sendMessage', {sessionId => $chat->{id}, content => "글 $_[0]", clientMessageId => $_[0]}, receipt => $_[0]) };
my $answer = sub { my $id = shift; return $x->until(sub { ($_[0]{headers}{'receipt-id'} // '') eq $id }, 30) };

my $first = $key->();
$say->($first);
is($answer->($first)->{command}, 'RECEIPT', 'stored while the database is well');
ok($pushd->wait_for(sub { $pushd->metric('writer_queue') == 0 }), 'nothing waits');

# ---- the database stands still ----
$pushd->freeze_database;
my $stuck = $key->();
$say->($stuck);
ok($pushd->wait_for(sub { $pushd->metric('writer_messages_total') == 1 && $pushd->metric('writer_queue') == 0 }), 'the writer holds one');
my @waiting = map { $key->() } 1 .. 5;
$say->($_) for @waiting;
ok($pushd->wait_for(sub { $pushd->metric('writer_queue') == 5 }), 'five wait');
my @over = map { $key->() } 1 .. 2;
$say->($_) for @over;
for my $id (@over) {
    my $f = $answer->($id);
    is($f->{command}, 'MESSAGE', 'one too many: no RECEIPT');
    is($f->{json}{code}, '99', 'refused by the server');
    is($f->{json}{clientMessageId}, $id, 'with its id');
    cmp_ok($f->{json}{retryAfterMs}, '>=', 1000, 'and a time to wait');
}
is($pushd->metric('writer_queue'), 5, 'at once, while the others wait');
for my $id ($stuck, @waiting) {
    my $f = $answer->($id);
    is($f->{json}{code}, '99', 'what waited too long is refused, too');
    cmp_ok($f->{json}{retryAfterMs}, '>=', 1000, 'with a time to wait');
}
kill 'CONT', $ENV{SANGDAM_DB_PID};

# ---- and is well again ----
ok($pushd->wait_for(sub { ($pushd->get('/readyz'))[0] == 200 }, 30), 'ready again');
for my $id ($first, $stuck, @waiting, @over) {
    my $f;
    for (1 .. 20) { # the first ones may still meet the old connection's locks
        $say->($id);
        $f = $answer->($id);
        last if $f->{command} eq 'RECEIPT';
    }
    is($f->{command}, 'RECEIPT', 'sent again: stored');
}
is($pushd->sql("SELECT COUNT(*), COUNT(DISTINCT client_message_id), MAX(seq) FROM chat_message WHERE session_no = $chat->{no}"), "9\t9\t9", 'each once, without a hole');
is($pushd->sql("SELECT message_count FROM chat_session WHERE session_no = $chat->{no}"), 9, 'and the head is the last');
$pushd->stop;

# ---- a transaction a message ----
my $plain = Pushd->start(writer => 'plain', send_rate => '6000/10s', linger => '1h');
my @chats;
for (1 .. 3) {
    my $member = $plain->member(1);
    push @chats, {%{$plain->chat($member, $agent)}, member => $member};
}
for my $c (@chats) {
    $c->{x} = Stomp->connect_as($plain->socket, $c->{member}{cookie});
    $c->{x}->send_json('/app/chat.sendMessage', {sessionId => $c->{id}, content => "m$_", clientMessageId => $key->()}, receipt => $_) for 1 .. 30;
}
for my $c (@chats) {
    ok($c->{x}->until(sub { ($_[0]{headers}{'receipt-id'} // '') eq '30' }), 'thirty are stored');
    is($plain->sql("SELECT GROUP_CONCAT(content ORDER BY seq) FROM chat_message WHERE session_no = $c->{no}"), join(',', map { "m$_" } 1 .. 30), 'in order');
}
is($plain->metric('writer_messages_total'), 90, 'ninety messages');
is($plain->metric('writer_batches_total'), 90, 'in ninety transactions');
$plain->stop;
done_testing;
