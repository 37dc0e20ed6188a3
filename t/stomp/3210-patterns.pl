# SUBSCRIBE with `*` and `**`: who may, what comes, with which destination, and that rights are kept.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Pushd;
use Stomp;

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output todo_output);

my $pushd = Pushd->start(linger => '1h', rest_idle => '1h', send_rate => '3000/10s', debug_open_prefix => '/topic/open/');
my ($customer, $other, $agent, $colleague, $boss) = ($pushd->member(1), $pushd->member(1), $pushd->member(2), $pushd->member(2), $pushd->member(3));
my ($chat, $foreign) = ($pushd->chat($customer, $agent), $pushd->chat($other, $colleague));
my $path = $pushd->socket;

sub refused {
    my ($who, $destination, $why, %h) = @_;
    my $c = Stomp->connect_as($path, $who->{cookie});
    $c->stomp('SUBSCRIBE', {id => 1, destination => $destination, receipt => 'r', %h});
    my $f = $c->frame;
    is("$f->{command} $f->{headers}{message}", "ERROR $why", "$destination: $why");
    is($f->{headers}{'receipt-id'}, 'r', 'with the receipt-id');
}

# ---- who may ----
my $forbidden = 'no right to all that this pattern stands for';
refused($customer, $_, $forbidden) for '/topic/*', '/topic/**', '/topic/chat/*', "/topic/chat/*/live", "/topic/*/$chat->{id}", '/topic/admin/*';
refused($agent, $_, $forbidden) for '/topic/**', '/topic/chat/*', '/topic/chat/**', '/topic/*/*', '/topic/**/live', "/topic/*/$chat->{id}", "/topic/*/$foreign->{id}/live";
refused($boss, $_, 'this pattern stands for nothing') for '/topic/*', '/topic/chat/*/other', '/topic/*/x', '/topic/chat/*/live/*';
refused($boss, $_, 'unknown destination') for '/user/queue/*', '/user/**', '/queue/*', '/app/*', '/*/chat/sessions', '**', '/topic/chat/ses*', '/topic*';
refused($boss, '/topic/chat/*', 'a pattern is live only, after is for one chat', after => 0);

# ---- what comes ----
my $all = Stomp->connect_as($path, $boss->{cookie});
ok($all->subscribe('rows', '/topic/chat/*'), 'an admin follows all chats');
ok($all->subscribe('live', '/topic/**/live'), 'and what is not stored');
my $lists = Stomp->connect_as($path, $agent->{cookie});
ok($lists->subscribe('notes', '/topic/admin/*'), 'an agent follows notifications by a pattern');
ok($lists->subscribe('sessions', '/topic/*/sessions'), 'and the list of sessions');
ok($lists->subscribe('plain', '/topic/chat/sessions'), 'and the same by its name');

my ($c, $d) = (Stomp->connect_as($path, $customer->{cookie}), Stomp->connect_as($path, $other->{cookie}));
my $say = sub {
    my ($from, $where, $text) = @_;
    $from->send_json('/app/chat.sendMessage', {sessionId => $where->{id}, content => $text}, receipt => $text);
    ok($from->receipt($text), "SEND $text");
};
$say->($c, $chat, "일 $_") for 1 .. 3;
$say->($d, $foreign, "이 $_") for 1 .. 3;
for my $where ([$chat, '일'], [$foreign, '이']) {
    my ($one, $text) = @$where;
    for my $n (1 .. 3) {
        my $f = $all->until(sub { ($_[0]{json}{sessionId} // '') eq $one->{id} && $_[0]{headers}{subscription} eq 'rows' && $_[0]{headers}{destination} !~ /messages$/ });
        is("$f->{json}{seq} $f->{json}{content}", "$n $text $n", 'each row once and in order');
        is($f->{headers}{destination}, "/topic/chat/$one->{id}", 'with the destination that was meant');
    }
}
my $preview = $all->until(sub { $_[0]{headers}{destination} eq '/topic/chat/messages' });
is($preview->{headers}{subscription}, 'rows', 'a list that the pattern stands for, too');

$pushd->add_rows($chat, $customer, 2);
is($all->until(sub { ($_[0]{json}{seq} // 0) == $_ && $_[0]{headers}{destination} eq "/topic/chat/$chat->{id}" })->{json}{content}, "row $_", 'a row whose hint was lost') for 4, 5;

$c->subscribe('room', "/topic/chat/$chat->{id}");
$c->send_json('/app/chat.typing', {sessionId => $chat->{id}}, receipt => 't');
ok($c->receipt('t'), 'typing');
my $typing = $all->until(sub { ($_[0]{json}{kind} // '') eq 'TYPING' });
is("$typing->{headers}{subscription} $typing->{headers}{destination}", "live /topic/chat/$chat->{id}/live", 'is seen by the pattern for it');
$c->send_json('/app/chat.read', {sessionId => $chat->{id}}, receipt => 'read');
ok($c->receipt('read'), 'a read mark');
is($all->until(sub { ($_[0]{json}{kind} // '') eq 'READ' })->{headers}{subscription}, 'rows', 'comes with the rows');

# ---- lists by a pattern: the chat goes back to the queue
$pushd->sql("UPDATE chat_session SET status_id = 1, admin_id = NULL WHERE session_no = $chat->{no}");
for my $id ('plain', 'sessions') {
    my $f = $lists->until(sub { $_[0]{headers}{subscription} eq $id && ($_[0]{json}{sessionId} // '') eq $chat->{id} }, 20);
    is($f && $f->{headers}{destination}, '/topic/chat/sessions', "a change reaches $id");
}

# ---- the end of it
$all->stomp('UNSUBSCRIBE', {id => 'rows', receipt => 'u'});
ok($all->receipt('u'), 'UNSUBSCRIBE');
ok($all->subscribe('previews', '/topic/chat/messages'), 'by its name goes on');
$all->{passed} = [];
$say->($d, $foreign, '이 4');
$say->($d, $foreign, '이 5');
ok($all->until(sub { ($_[0]{json}{preview} // '') eq '이 5' }), 'a preview behind it');
is_deeply([grep { $_->{headers}{subscription} eq 'rows' } @{$all->{passed}}], [], 'nothing comes any more');

# ---- under debug_open_prefix anybody may, and sees that prefix alone
my ($x, $y) = (Stomp->connect_as($path, $customer->{cookie}), Stomp->connect_as($path, $other->{cookie}));
ok($x->subscribe('one', '/topic/open/*'), 'one segment');
ok($x->subscribe('many', '/topic/open/**'), 'many');
ok($y->subscribe('name', '/topic/open/a/b'), 'by name');
$y->stomp('SEND', {destination => $_->[0], receipt => 'r'}, $_->[1]), $y->receipt('r') for ['/topic/open/a', '가'], ['/topic/open/a/b', '나'];
my @heard = map { $x->until(sub { $_[0]{command} eq 'MESSAGE' }) } 1 .. 3;
is_deeply([sort map { Encode::decode('UTF-8', "$_->{headers}{subscription} $_->{headers}{destination} $_->{body}") } @heard],
    ['many /topic/open/a 가', 'many /topic/open/a/b 나', 'one /topic/open/a 가'], 'each pattern what it stands for');
$say->($d, $foreign, '이 6');
$x->stomp('ACK', {id => 1, receipt => 'z'});
$x->receipt('z');
is_deeply([grep { ($_->{headers}{destination} // '') =~ m{^/topic/chat} } @{$x->{passed}}], [], 'and no chat');

# ---- 1.0 without ids: by the destination
my $old = Stomp->new($path);
$old->upgrade(Cookie => "sid=$customer->{cookie}", 'Sec-WebSocket-Protocol' => 'v10.stomp');
$old->stomp('CONNECT', {});
is($old->frame->{headers}{version}, '1.0', 'an old client');
my $long = '/topic/open/' . 'x' x 300;
$old->stomp('SUBSCRIBE', {destination => $_, receipt => 's'}), $old->receipt('s') for '/topic/open/*', $long;
$old->stomp('UNSUBSCRIBE', {destination => '/topic/open/*', receipt => 'u'});
$old->receipt('u');
$old->stomp('SEND', {destination => $long, receipt => 'm'}, 'x');
$old->receipt('m');
is_deeply([map { $_->{headers}{destination} } grep { $_->{command} eq 'MESSAGE' } @{$old->{passed}}], [$long], 'one subscription is left');
$old->{passed} = [];
$old->stomp('UNSUBSCRIBE', {destination => $long, receipt => 'u2'});
$old->receipt('u2');
$old->stomp('SEND', {destination => $long, receipt => 'm2'}, 'x');
$old->receipt('m2');
is_deeply([grep { $_->{command} eq 'MESSAGE' } @{$old->{passed}}], [], 'then none');

# ---- a right that goes: the admin is an agent now
my $watch = Stomp->connect_as($path, $boss->{cookie});
ok($watch->subscribe('rows', '/topic/chat/*'), 'an admin follows all chats');
ok($watch->subscribe('lists', '/topic/admin/*'), 'and lists');
ok($watch->subscribe('errors', '/user/queue/errors'), 'and errors');
$pushd->sql("UPDATE member SET gubun = 2 WHERE member_id = $boss->{id}; INSERT INTO right_change (member_id, cdate) VALUES ($boss->{id}, UTC_TIMESTAMP(3))");
my $lost = $watch->until(sub { $_[0]{headers}{destination} eq '/user/queue/errors' });
is("$lost->{json}{code} $lost->{json}{destination}", '05 /topic/chat/*', 'is told that the subscription is over');
refused($boss, '/topic/chat/*', $forbidden);
$say->($d, $foreign, '이 7');
ok($watch->subscribe('behind', '/topic/chat/sessions'), 'a round trip behind it');
$watch->stomp('SUBSCRIBE', {id => 'lists', destination => '/topic/admin/*'});
is($watch->until(sub { $_[0]{command} eq 'ERROR' })->{headers}{message}, 'this subscription id is taken', 'the lists stay');
is_deeply([grep { ($_->{json}{content} // '') eq '이 7' } @{$watch->{passed}}], [], 'an agent sees no row of a colleague by the old subscription');
is($pushd->stop, 0, 'TERM ends it');
unlike($pushd->log, qr/ERROR: AddressSanitizer|runtime error|LeakSanitizer/, 'no sanitizer has anything to say');
done_testing;
