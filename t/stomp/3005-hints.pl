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
# A guest's chat goes over to a member who signed in, and every hint of it is lost, and those of the rows behind it. Whoever listens to /user/queue/messages follows all the
# same: from a chat that is open here, and from one that nobody has opened.
my $carry = sub {
    my ($chat, $from, $to) = @_;
    $pushd->sql("START TRANSACTION; UPDATE chat_session SET member_id = $to->{id}, udate = UTC_TIMESTAMP(3) WHERE session_no = $chat->{no};"
        . "UPDATE chat_message SET sender_id = $to->{id} WHERE session_no = $chat->{no} AND sender_id = $from->{id};"
        . "INSERT INTO right_change (session_no, cdate) VALUES ($chat->{no}, UTC_TIMESTAMP(3)); COMMIT");
};
my $told = sub { return $pushd->metric('truths_told_total') };
my $lists = Stomp->connect_as($pushd->socket, $agent->{cookie});
$lists->subscribe('sessions', '/topic/chat/sessions');
for my $is_opened (1, 0) {
    my $case = $is_opened ? 'a chat that its agent has open' : 'a chat that nobody has open';
    my ($guest, $member) = ($pushd->member(4), $pushd->member(1));
    my ($old, $new) = map { my $x = Stomp->connect_as($pushd->socket, $_->{cookie}); $x->subscribe('mine', '/user/queue/messages'); $x } $guest, $member;
    my $carried = $pushd->chat($guest, $is_opened ? $agent : undef);
    $lists->subscribe("room $carried->{no}", "/topic/chat/$carried->{id}") if $is_opened;
    ok($lists->until(sub { ($_[0]{json}{sessionId} // '') eq $carried->{id} }), "$case is known");
    my $before = $told->();
    $carry->($carried, $guest, $member);
    ok($lists->until(sub { ($_[0]{json}{session}{memberId} // 0) == $member->{id} }), "$case: the lists learn who the customer is");
    is($told->() - $before, 1, 'by the scan, once');
    $pushd->add_rows($carried, $agent, 3);
    for my $seq (1 .. 3) {
        my $f = $new->frame;
        is($f && $f->{json}{seq}, $seq, "the member gets row $seq");
    }
    $old->send_json('/app/chat.sendMessage', {sessionId => $carried->{id}, content => 'mine?'}, receipt => 'x');
    my $answer = $old->frame;
    is($answer && $answer->{command}, 'ERROR', 'the guest has got nothing: the first frame is the refusal');
}
is($pushd->stop, 0, 'TERM ends it');
done_testing;
