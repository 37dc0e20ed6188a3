# A right that is lost after a CONNECT or SUBSCRIBE was checked and before it is in: it ends all the same.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use IPC::Open2;
use Test::More;
use Pushd;
use Stomp;

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output todo_output);

# One loop: when one of its clients has lost a right, it has looked for all who did.
my $pushd = Pushd->start(linger => '1h', rest_idle => '1h', push_loops => 1, db_read_timeout => '60s', connect_timeout => '120s');
my $path = $pushd->socket;

# Holds what is read last of a check, the epoch, until the code that it returns is called.
sub hold {
    my $pid = open2(my $out, my $in, 'mariadb', '--no-defaults', '-uroot', '-S', $ENV{SANGDAM_DB_SOCKET}, '-BN', '--unbuffered', 'sangdam');
    print {$in} "LOCK TABLES installation WRITE; SELECT 'held';\n";
    $in->flush;
    is(scalar <$out>, "held\n", 'the epoch is held');
    return sub { print {$in} "UNLOCK TABLES;\n"; close $in; waitpid $pid, 0 };
}

sub someone_waits {
    return $pushd->wait_for(sub { $pushd->sql("SELECT COUNT(*) FROM information_schema.processlist WHERE state LIKE 'Waiting for table%' AND info LIKE '%installation%'") });
}

sub words { my $f = shift; return $f ? join ' ', $f->{command}, grep { defined } $f->{headers}{message}, $f->{code} : 'nothing' }

# ---- CONNECT ----
my ($first, $late) = ($pushd->member(1), $pushd->member(1));
my $witness = Stomp->connect_as($path, $first->{cookie});
my $c = Stomp->new($path);
$c->upgrade(Cookie => "sid=$late->{cookie}");
my $release = hold();
$c->stomp('CONNECT', {'accept-version' => '1.2', host => 'x', 'heart-beat' => '0,0'});
ok(someone_waits(), 'who they are was read');
$pushd->sql("START TRANSACTION; UPDATE member SET status = 0 WHERE member_id IN ($first->{id}, $late->{id});"
    . "INSERT INTO right_change (member_id, cdate) VALUES ($first->{id}, UTC_TIMESTAMP(3)), ($late->{id}, UTC_TIMESTAMP(3)); COMMIT");
is(words($witness->frame), 'ERROR you are signed out', 'who was in before is told');
$release->();
is(words($c->frame), 'CONNECTED', 'the other comes in by what was read');
is(words($c->frame), 'ERROR you are signed out', 'and is looked at again');
is(words($c->frame), 'CLOSE 1008', 'and goes');

# ---- SUBSCRIBE ----
my ($customer, $agent, $colleague) = ($pushd->member(1), $pushd->member(2), $pushd->member(2));
my $chat = $pushd->chat($customer, $agent);
my $topic = "/topic/chat/$chat->{id}";
my @clients = map { Stomp->connect_as($path, $agent->{cookie}) } 1, 2;
$_->subscribe('errors', '/user/queue/errors') for @clients;
$clients[0]->subscribe('chat', $topic);
$release = hold();
$clients[1]->stomp('SUBSCRIBE', {id => 'chat', destination => $topic, after => 0, receipt => 'r'});
ok(someone_waits(), 'the chat was read');
$pushd->sql("START TRANSACTION; UPDATE chat_session SET admin_id = $colleague->{id} WHERE session_no = $chat->{no};"
    . "INSERT INTO right_change (session_no, cdate) VALUES ($chat->{no}, UTC_TIMESTAMP(3)); COMMIT");
my $is_lost = sub { $_[0]{command} eq 'MESSAGE' && $_[0]{headers}{subscription} eq 'errors' && ($_[0]{json}{code} // '') eq '05' };
ok($clients[0]->until($is_lost), 'who listened before is told');
$release->();
ok($clients[1]->receipt('r'), 'the other listens by what was read');
ok($clients[1]->until($is_lost), 'and loses it');
my $other = Stomp->connect_as($path, $customer->{cookie});
$other->subscribe('chat', $topic);
$other->send_json('/app/chat.sendMessage', {sessionId => $chat->{id}, content => '비밀'}, receipt => 'sent');
ok($other->receipt('sent'), 'the customer writes');
$clients[1]->stomp('UNSUBSCRIBE', {id => 'errors', receipt => 'end'});
is(words($clients[1]->until(sub { $_[0]{command} eq 'RECEIPT' || ($_[0]{headers}{subscription} // '') eq 'chat' })), 'RECEIPT', 'and nothing of it comes to who lost the right');

is($pushd->stop >> 8, 0, 'a clean stop');
done_testing;
