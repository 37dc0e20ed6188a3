#!/usr/bin/perl
# A consultation over REST and over forms, without a web server: request, accept, talk, absence, change of agent, end, history.
use strict;
use warnings;
use utf8;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Door;

Door::with_database();
my $door = Door->new;
my $customer = $door->member('Mina', 1);
my $other = $door->member('Jun', 1);
my $agent = $door->member('Hana', 2);
my $agent2 = $door->member('Duri', 2);
my $admin = $door->member('Boss', 3);

# ---- lists of codes are public ----
my $a = $door->ask('chat', 'GET', '/api/chat/categories');
is $a->{status}, 200, 'categories are public';
is $a->{json}{code}, '00';
is_deeply [sort keys %{$a->{json}{data}[0]}], [qw(code codeId decode)], 'a code is {codeId, code, decode}';
is $door->ask('chat', 'GET', '/api/chat/category/DELIVERY')->{json}{data}{categoryName}, '배송';
is $door->ask('chat', 'GET', '/api/chat/category/NOSUCH')->{status}, 404;
is $a->{head}{'x-content-type-options'}, 'nosniff';
is $a->{head}{'content-security-policy'}, q(frame-ancestors 'none'), 'what means something for JSON';

# ---- request ----
$a = $door->ask('chat', 'GET', '/api/chat/sessions/resumable', as => $customer);
is_deeply $a->{json}{data}, [], 'nothing to resume';
$a = $door->ask('chat', 'POST', '/api/chat/session', as => $customer, json => {categoryId => 200, title => '언제 와요?'});
is $a->{status}, 201, 'a request is created';
my $id = $a->{json}{data}{sessionId};
is $a->{json}{data}{status}, 'WAITING';
is $door->ask('chat', 'POST', '/api/chat/session', as => $customer, json => {categoryId => '201'})->{json}{data}{sessionId}, $id, 'the open one again';
is $door->ask('chat', 'POST', '/api/chat/session/popup', as => $customer, json => {category => 'ORDER'})->{status}, 200;
is $door->ask('chat', 'GET', '/api/chat/sessions/resumable', as => $customer)->{json}{data}[0]{sessionId}, $id;
is $door->ask('chat', 'POST', '/api/chat/session', as => $other, json => {categoryId => 999})->{status}, 422, 'no such category';
is $door->ask('chat', 'POST', '/api/chat/session', as => $agent, json => {categoryId => 200})->{status}, 403, 'agents do not ask';
$a = $door->ask('chat', 'GET', "/api/chat/sessions/$id", as => $customer);
is $a->{json}{queue}{position}, 1, 'first in the queue';
is $door->ask('chat', 'GET', "/api/chat/sessions/$id", as => $other)->{status}, 404, 'not another customer\'s';

# ---- accept ----
$a = $door->ask('agent', 'GET', '/api/admin/chat/sessions/waiting', as => $agent);
is $a->{json}{data}[0]{sessionId}, $id, 'it waits';
ok exists $a->{json}{paging}{next}, 'with paging';
is $door->ask('agent', 'POST', "/api/admin/chat/sessions/$id/accept", as => $agent)->{status}, 200, 'accepted';
is $door->ask('agent', 'POST', "/api/admin/chat/sessions/$id/accept", as => $agent)->{status}, 200, 'and again';
$a = $door->ask('agent', 'POST', "/api/admin/chat/sessions/$id/accept", as => $agent2);
is $a->{status}, 409, 'the second agent lost';
is $a->{json}{adminId}, $agent->{id};
is $a->{json}{adminName}, 'Hana';
is $a->{head}{'content-type'}, 'application/problem+json';
is $door->ask('agent', 'GET', "/api/admin/chat/sessions/$id", as => $agent2)->{status}, 404, 'and sees it no more';

# ---- talk ----
my $key = Door::uuid();
$a = $door->ask('chat', 'POST', "/api/chat/sessions/$id/messages", as => $customer, json => {content => "안녕\r\n하세요 😀", clientMessageId => $key, senderType => 'A'});
is $a->{status}, 201, 'stored';
my $first = $a->{json}{data};
is $first->{content}, "안녕\n하세요 😀", 'CRLF becomes LF';
is $first->{senderType}, 'M', 'who sends is not what they say';
$a = $door->ask('chat', 'POST', "/api/chat/sessions/$id/messages", as => $customer, json => {content => "안녕\r\n하세요 😀", clientMessageId => $key});
is $a->{status}, 200, 'the same key again';
is $a->{json}{data}{seq}, $first->{seq};
is $a->{json}{data}{timestamp}, $first->{timestamp};
is $door->ask('chat', 'POST', "/api/chat/sessions/$id/messages", as => $customer, json => {content => 'x', clientMessageId => $key})->{status}, 409, 'with another body';
is $door->ask('chat', 'POST', "/api/chat/sessions/$id/messages", as => $agent, json => {content => '무엇을 도와드릴까요?'})->{status}, 201, 'the agent by the same door';
is $door->ask('chat', 'POST', "/api/chat/sessions/$id/messages", as => $admin, json => {content => 'x'})->{status}, 403, 'an admin takes over first';
is $door->ask('chat', 'POST', "/api/chat/sessions/$id/messages", as => $other, json => {content => 'x'})->{status}, 404;
for my $bad (['', 422], ["  \n\x{3164}", 422], ['가' x 2001, 422], ["a\x01b", 422]) {
    is $door->ask('chat', 'POST', "/api/chat/sessions/$id/messages", as => $customer, json => {content => $bad->[0]})->{status}, $bad->[1], 'refused text';
}
is $door->ask('chat', 'POST', "/api/chat/sessions/$id/messages", as => $customer, json => {content => 'x', messageTypeId => 12})->{status}, 422, 'no SYSTEM by a client';
$a = $door->ask('chat', 'GET', "/api/chat/sessions/$id/messages?limit=2", as => $customer);
is_deeply [map { $_->{seq} } @{$a->{json}{data}}], [1, 2], 'from the start';
is $a->{json}{log}{head}, 3;
is $a->{json}{paging}{next}, '2';
$a = $door->ask('chat', 'GET', "/api/chat/sessions/$id/messages?after=2", as => $customer);
is_deeply [map { $_->{seq} } @{$a->{json}{data}}], [3], 'what is new';
is $a->{json}{paging}{next}, undef;
$a = $door->ask('agent', 'GET', "/api/admin/chat/sessions/$id/messages?before=3&limit=1", as => $agent);
is_deeply [map { $_->{seq} } @{$a->{json}{data}}], [2], 'what was before';
is $door->ask('chat', 'POST', "/api/chat/sessions/$id/read", as => $customer, json => {seq => 3})->{json}{data}{readSeq}, 3, 'read';
is $door->ask('agent', 'POST', '/api/admin/chat/sessions/message-counts', as => $agent, json => [$id, Door::uuid()])->{json}{data}{messageCounts}{$id}, 3, 'counts';

# ---- absence, change of agent ----
$a = $door->ask('chat', 'POST', "/api/chat/sessions/$id/disconnect", as => $customer, json => {disconnectReasonId => 160, graceMinutes => 1});
is $a->{json}{data}{status}, 'DISCONNECTED', 'away';
ok $a->{json}{data}{graceUntil}, 'for some time';
is $door->ask('chat', 'GET', "/api/chat/sessions/$id", as => $customer)->{json}{data}{status}, 'ACTIVE', 'a request is the return';
is $door->ask('chat', 'POST', "/api/chat/sessions/$id/presence", as => $customer, json => {side => 'MEMBER', state => 'INACTIVE', reason => 'PAGE_HIDE'})->{json}{data}{status},
    'DISCONNECTED';
is $door->ask('chat', 'POST', "/api/chat/sessions/$id/reconnect", as => $customer, json => {})->{json}{data}{status}, 'ACTIVE';
is $door->ask('agent', 'PUT', "/api/admin/chat/sessions/$id/status", as => $agent, json => {status => 'WAITING'})->{json}{data}{status}, 'WAITING', 'back in the queue';
is $door->ask('agent', 'PUT', "/api/admin/chat/sessions/$id/status", as => $agent2, json => {statusId => 2})->{json}{data}{adminName}, 'Duri', 'taken by the other';

# ---- end ----
is $door->ask('agent', 'POST', "/api/admin/chat/sessions/$id/end", as => $agent2, json => {exitReasonId => '144'})->{json}{data}{status}, 'COMPLETED';
is $door->ask('chat', 'POST', "/api/chat/sessions/$id/end-with-reason", as => $customer, json => {exitReason => 'LATER', endedBy => 'M'})->{status}, 200, 'ended already';
is $door->ask('chat', 'POST', "/api/chat/sessions/$id/messages", as => $customer, json => {content => 'x'})->{status}, 409, 'nothing after the end';
$a = $door->ask('agent', 'GET', '/api/admin/chat/sessions/history?q=%ED%95%98%EC%84%B8%EC%9A%94', as => $agent);
is $a->{json}{data}[0]{sessionId}, $id, 'found by its words';
$a = $door->ask('agent', 'GET', '/api/admin/chat/sessions/history?page=0&size=5&dateFilter=today&exitReasonFilter=144&search=Mina', as => $agent);
is $a->{json}{data}{totalElements}, 1, 'found by the page words';
is $door->ask('agent', 'GET', '/api/admin/chat/sessions/history?page=0&q=a', as => $agent)->{status}, 400, 'not both';
$a = $door->ask('agent', 'GET', '/api/admin/chat/statistics', as => $admin);
is $a->{json}{data}{completed}, 1;

# ---- the same without script, by forms ----
my $token = $door->csrf($other);
$a = $door->ask('chat', 'POST', '/', as => $other, by => 'cookie', form => {categoryId => 202, title => '결제', csrfToken => $token});
is $a->{status}, 303, 'a form is answered by a redirect';
my ($chat) = $a->{head}{location} =~ m{^/chat/([0-9a-f-]{36})$};
ok $chat, 'to the chat';
$a = $door->ask('chat', 'GET', "/chat/$chat", as => $other, by => 'cookie');
is $a->{status}, 200;
like $a->{body}, qr/data-status="WAITING"/;
is $door->ask('chat', 'POST', "/chat/$chat/send", as => $other, by => 'cookie', form => {content => '<script>1</script>', clientMessageId => Door::uuid(), csrfToken => $token})->{status},
    303;
like $door->ask('chat', 'GET', "/chat/$chat", as => $other, by => 'cookie')->{body}, qr/&lt;script&gt;1&lt;/, 'shown as text';
$a = $door->ask('chat', 'POST', "/chat/$chat/send", as => $other, by => 'cookie', form => {content => ' ', csrfToken => $token});
is $a->{status}, 422, 'a blank text: the page again';
like $a->{body}, qr/role="alert"/;
$a = $door->ask('chat', 'POST', "/chat/$chat/refresh", as => $other, by => 'cookie', form => {content => '쓰는 중', csrfToken => $token});
ok index(Encode::decode_utf8($a->{body}), '쓰는 중</textarea>') > 0, 'a draft survives';
$a = $door->ask('agent', 'GET', '/agent', as => $agent, by => 'cookie');
like $a->{body}, qr{/agent/chat/$chat}, 'the console lists it';
my ($agent_token) = $a->{body} =~ /name="csrfToken" value="([^"]+)"/;
is $door->ask('agent', 'POST', "/agent/chat/$chat/accept", as => $agent, by => 'cookie', form => {csrfToken => $agent_token})->{head}{location}, "/agent/chat/$chat";
like $door->ask('agent', 'GET', "/agent/chat/$chat", as => $agent, by => 'cookie')->{body}, qr/data-mine="1"/;
is $door->ask('agent', 'POST', "/agent/chat/$chat/send", as => $agent, by => 'cookie', form => {content => '네', csrfToken => $agent_token})->{status}, 303;
$a = $door->ask('agent', 'GET', "/agent/chat/$chat/end", as => $agent, by => 'cookie');
like $a->{body}, qr/name="exitReasonId" value="144" checked/;
unlike $a->{body}, qr/value="152"/, 'nobody chooses a time-out';
is $door->ask('agent', 'POST', "/agent/chat/$chat/end", as => $agent, by => 'cookie', form => {exitReasonId => 144, csrfToken => $agent_token})->{status}, 303;
like $door->ask('chat', 'GET', "/chat/$chat", as => $other, by => 'cookie')->{body}, qr/data-status="COMPLETED"/, 'both see the end';
like $door->ask('chat', 'GET', '/my', as => $other, by => 'cookie')->{body}, qr{/chat/$chat};
like $door->ask('agent', 'GET', '/history?q=&from=&to=&agent=&category=&reason=', as => $agent, by => 'cookie')->{body}, qr{/history/$chat}, 'an empty filter form finds all';
is $door->ask('agent', 'GET', '/history?from=yesterday', as => $agent, by => 'cookie')->{status}, 400;
like $door->ask('agent', 'GET', "/history/$chat", as => $agent, by => 'cookie')->{body}, qr/&lt;script&gt;/;
is $door->ask('chat', 'GET', '/help')->{status}, 200;

# ---- a guest, made on the way ----
$a = $door->ask('chat', 'POST', '/', form => {categoryId => 200, name => '손님하나'}, origin => "http://$Door::host");
is $a->{status}, 303, 'a guest starts a chat';
like $a->{head}{'set-cookie'}, qr/^sid=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Lax/;
$a = $door->ask('chat', 'POST', '/', form => {categoryId => 200, name => '상담원'}, origin => "http://$Door::host");
is $a->{status}, 422, 'but not by the name of staff';
is $a->{head}{'set-cookie'}, undef;
is $door->ask('chat', 'POST', '/', form => {categoryId => ''}, origin => "http://$Door::host")->{status}, 422, 'nor without a topic';

done_testing;
