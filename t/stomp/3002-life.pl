# The life of chats through pushd: lists of staff, places in the queue, presence and grace, rights that are lost, hints.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Socket::UNIX;
use Socket qw(SOCK_SEQPACKET);
use Test::More;
use Pushd;
use Stomp;

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output todo_output);

my $pushd = Pushd->start(linger => '400ms', rest_idle => '3s', grace_customer => '2s', grace_agent => '2s', stats_log_interval => '1s', queue_timeout => '1h', sweep_interval => '1s');
my $path = $pushd->socket;
my ($ann, $ben, $agent, $second, $boss) = ($pushd->member(1, '앤'), $pushd->member(1, '벤'), $pushd->member(2, '상담하나'), $pushd->member(2, '상담둘'), $pushd->member(3, '감독'));

my $kind = sub { my ($kind, $id) = @_; return sub { ($_[0]{json}{kind} // '') eq $kind && (!$id || ($_[0]{json}{sessionId} // '') eq $id) } };
my $on = sub { my ($sub, $id) = @_; return sub { ($_[0]{headers}{subscription} // '') eq $sub && (!$id || ($_[0]{json}{sessionId} // '') eq $id) } };
my $status = sub { my $chat = shift; return $pushd->sql("SELECT status_id FROM chat_session WHERE session_no = $chat->{no}") };

# ---- the queue ----
my $first = $pushd->chat($ann);
my $next = $pushd->chat($ben);
my $a = Stomp->connect_as($path, $ann->{cookie});
my $b = Stomp->connect_as($path, $ben->{cookie});
for ([$a, $first], [$b, $next]) {
    $_->[0]->subscribe('room', "/topic/chat/$_->[1]{id}");
    $_->[0]->subscribe('live', "/topic/chat/$_->[1]{id}/live");
    $_->[0]->subscribe('mine', '/user/queue/messages');
    $_->[0]->subscribe('errors', '/user/queue/errors');
}
is($a->until($kind->('QUEUE'))->{json}{position}, 1, 'the first is first');
is($b->until($kind->('QUEUE'))->{json}{position}, 2, 'the second is second');
is($b->until($kind->('HEAD'))->{json}{head}, 0, 'the head is told');

# ---- lists of staff ----
my $s = Stomp->connect_as($path, $agent->{cookie});
my $t = Stomp->connect_as($path, $second->{cookie});
for ($s, $t) {
    $_->subscribe('list', '/topic/chat/sessions');
    $_->subscribe('new', '/topic/chat/new-session');
    $_->subscribe('note', '/topic/admin/notifications');
    $_->subscribe('preview', '/topic/chat/messages');
    $_->subscribe('presence', '/topic/chat/presence');
    $_->subscribe('errors', '/user/queue/errors');
    $_->subscribe('mine', '/user/queue/messages');
}
$t->subscribe('room', "/topic/chat/$first->{id}");
$b->send_json('/app/chat.sendMessage', {sessionId => $next->{id}, content => '기다리는 중 ' . '가' x 100}, receipt => 'r');
ok($b->receipt('r'), 'a waiting customer may write');
for ($s, $t) {
    my $f = $_->until($on->('preview', $next->{id}));
    is($f->{json}{senderType}, 'M', 'staff see a preview');
    is(length $f->{json}{preview}, 80, 'of 80 characters');
}
is($b->until($on->('mine'))->{json}{seq}, 1, 'the customer has it in /user/queue/messages, too');

# ---- an accept that pushd hears of by no hint, only by the database ----
$pushd->sql("UPDATE chat_session SET status_id = 2, admin_id = $agent->{id}, admin_last_seen = UTC_TIMESTAMP(3), accept_time = UTC_TIMESTAMP(3), start_time = UTC_TIMESTAMP(3) WHERE session_no = $first->{no};"
    . "INSERT INTO right_change (session_no, cdate) VALUES ($first->{no}, UTC_TIMESTAMP(3))");
my $began = Time::HiRes::time();
my $f = $t->until($on->('errors'));
is($f && $f->{json}{code}, '05', 'another agent loses the subscription');
is($f->{json}{destination}, "/topic/chat/$first->{id}", 'and is told which');
cmp_ok(Time::HiRes::time() - $began, '<', 2, 'within 2 s');
$a->send_json('/app/chat.sendMessage', {sessionId => $first->{id}, content => '비밀'}, receipt => 'r');
ok($a->receipt('r'), 'the customer writes');
is($s->until($on->('preview', $first->{id}))->{json}{preview}, '비밀', 'the agent sees the preview');
is($s->until($on->('mine', $first->{id}))->{json}{content}, '비밀', 'and the row in their own queue');
$t->stomp('UNSUBSCRIBE', {id => 'none', receipt => 'still'});
$t->receipt('still');
ok(!(grep { ($_->{body} // '') =~ /비밀/ || ($_->{json}{preview} // '') eq '비밀' || ($_->{json}{content} // '') eq '비밀' } @{$t->{passed}}), 'the other agent never does');

# ---- a list that is true without a hint ----
$f = $t->until(sub { $on->('list', $first->{id})->(@_) && $_[0]{json}{statusId} == 2 });
ok($f, 'the list of the other agent learns that the chat is taken');
ok($f && !$f->{json}{session}, 'without what is in it');
$f = $s->until(sub { $on->('list', $first->{id})->(@_) && $_[0]{json}{statusId} == 2 });
is($f && $f->{json}{session}{memberName}, '앤', 'its agent learns all');

# ---- presence ----
$s->subscribe('room', "/topic/chat/$first->{id}");
$s->subscribe('live', "/topic/chat/$first->{id}/live");
ok($pushd->wait_for(sub { $pushd->sql("SELECT admin_pushed FROM chat_session WHERE session_no = $first->{no}") }), 'the agent is present by push');
$a->leave;
$f = $s->until($kind->('AWAY', $first->{id}));
is($f && $f->{json}{kind}, 'AWAY', 'a customer who left for longer than linger is away');
is($status->($first), 4, 'DISCONNECTED');
$f = $s->until($kind->('PRESENCE'));
is($f && "$f->{json}{side} $f->{json}{state}", 'MEMBER INACTIVE', 'told on /live');
like($f && $f->{json}{graceUntil}, qr/^\d{4}-/, 'with the time until when');
$a = Stomp->connect_as($path, $ann->{cookie});
$a->subscribe('room', "/topic/chat/$first->{id}", after => 0);
ok($s->until($kind->('BACK', $first->{id})), 'and back by subscribing');
is($status->($first), 2, 'ACTIVE');
ok($a->until($kind->('BACK', $first->{id})), 'the customer has all rows');
$a->{passed} = [];
$s->leave;
ok($a->until($kind->('AWAY', $first->{id})), 'the agent left');
$s = Stomp->connect_as($path, $agent->{cookie});
ok($a->until($kind->('BACK', $first->{id})), 'and came back by connecting');
$s->leave;
ok($a->until($kind->('AWAY', $first->{id})), 'the agent left again');
ok($pushd->wait_for(sub { $status->($first) == 1 }), 'the grace ran out: back in the queue');
is($pushd->sql("SELECT queue_front FROM chat_session WHERE session_no = $first->{no}"), 1, 'at its front');
$b->leave;
ok($pushd->wait_for(sub { $status->($next) == 3 }), 'a waiting customer who is gone past the grace: COMPLETED');
is($pushd->sql("SELECT abandoned FROM chat_session WHERE session_no = $next->{no}"), 1, 'abandoned');
my $resting = $pushd->chat($ben);
ok($pushd->wait_for(sub { $pushd->sql("SELECT member_grace_until IS NOT NULL FROM chat_session WHERE session_no = $resting->{no}") }), 'one who never pushed is away after rest_idle');
like($pushd->log, qr/chat_statistics waiting=\d+ active=\d+ completed=\d+ total_messages=\d+/, 'the log line of statistics');

# ---- rights of a member ----
{
    my $x = Stomp->connect_as($path, $boss->{cookie});
    $x->subscribe('list', '/topic/chat/sessions');
    $pushd->sql("DELETE FROM login_session WHERE token_hash = UNHEX('$boss->{hash}'); INSERT INTO right_change (member_id, cdate) VALUES ($boss->{id}, UTC_TIMESTAMP(3))");
    my $began = Time::HiRes::time();
    my $f = $x->until(sub { $_[0]{command} eq 'ERROR' });
    is($f && $f->{headers}{message}, 'you are signed out', 'a signed-out cookie ends the connection');
    cmp_ok(Time::HiRes::time() - $began, '<', 2, 'within 2 s');
    $pushd->sql("UPDATE member SET status = 0 WHERE member_id = $second->{id}; INSERT INTO right_change (member_id, cdate) VALUES ($second->{id}, UTC_TIMESTAMP(3))");
    ok($t->until(sub { $_[0]{command} eq 'ERROR' }), 'a disabled member is out');
}

# ---- hints: only from our own user, and never trusted ----
{
    my $bad = $pushd->metric('hints_bad_total');
    my $sweeps = $pushd->metric('sweeps_total');
    my $n = IO::Socket::UNIX->new(Peer => "$pushd->{dir}/notify.sock", Type => SOCK_SEQPACKET) or die $!;
    send $n, '{"v":1,"n":1,"what":"NONSENSE"}', 0;
    ok($pushd->wait_for(sub { $pushd->metric('hints_bad_total') > $bad }), 'a bad hint is counted');
    ok($pushd->wait_for(sub { $pushd->metric('sweeps_total') > $sweeps }), 'and sweeps');
    send $n, 'x' x 9000, 0;
    close $n;
    ok($pushd->wait_for(sub { $pushd->metric('hint_gaps_total') > 0 }), 'a lost connection too');
}
is($pushd->stop, 0, 'TERM ends it');
unlike($pushd->log, qr/ERROR: AddressSanitizer|ThreadSanitizer|runtime error|LeakSanitizer|level=error|pushd\[\d+\] \S*fatal/, 'the log is clean');
done_testing;
