#!/usr/bin/perl
# What comes in badly: addresses, queries, bodies, Origin, CSRF, cookies. Nothing may be changed by any of it, and nothing is ever a 500.
use strict;
use warnings;
use utf8;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Door;

Door::with_database();
my $door = Door->new(allowed_origins => 'https://shop.example:8443');
my $customer = $door->member('Mina', 1);
my $agent = $door->member('Hana', 2);
my $id = $door->ask('chat', 'POST', '/api/chat/session', as => $customer, json => {categoryId => 200})->{json}{data}{sessionId};
my $messages = "/api/chat/sessions/$id/messages";
my $own = "http://$Door::host";

sub status { my ($what, $wanted, @ask) = @_; my $a = $door->ask(@ask); is $a->{status}, $wanted, $what; return $a; }

# ---- addresses ----
for my $uri ('/api/chat//categories', '/api/./chat/categories', '/api/chat/../admin', '/api/chat/%2e%2e/categories', '//api/chat/categories',
    '/api/chat/categories/', '/api/chat/categories;a=b', '/api%2fchat/categories', '/api/chat/categories%5c', '/api/chat/nothing', '/' . 'a' x 9000) {
    status substr($uri, 0, 60), 404, 'chat', 'GET', $uri;
}
status $_, 400, 'chat', 'GET', $_ for '/api/chat/%00', '/api/chat/%zz', '/api/chat/%c0%af', '/api/chat/%1', "/api/chat/%0d%0aX-A:b", 'api/chat/categories', '';
is status('a problem', 404, 'chat', 'GET', '/api/chat/nothing')->{head}{'content-type'}, 'application/problem+json';
my $a = status 'a page', 404, 'chat', 'GET', '/chat/x/y', head => {HTTP_ACCEPT => 'text/html'};
like $a->{head}{'content-type'}, qr{^text/html};

# ---- methods ----
for my $method (qw(TRACE PUT BREW DELETE OPTIONS)) {
    my $answer = status "$method", 405, 'chat', $method, $messages, as => $customer;
    is $answer->{head}{allow}, 'GET, HEAD, POST';
    is $answer->{json}{code}, '03';
}
is status('two patterns', 405, 'agent', 'PUT', '/api/admin/chat/sessions/waiting', as => $agent)->{head}{allow}, 'GET, HEAD', 'each method once';
$a = status 'HEAD', 200, 'chat', 'HEAD', '/api/chat/categories';
is $a->{body}, '';
cmp_ok $a->{head}{'content-length'}, '>', 100;
status 'a GET with a body', 200, 'chat', 'GET', '/api/chat/categories', body => '{"x":', type => 'application/json';

# ---- queries ----
for my $query (qw(after=1&after=2 limit=0 limit=201 limit=-1 limit=1e3 limit=1.0 after=+1 after=01 after[]=1 after=1&before=3 sort=id;DROP token=abc x after=99999999999999999999
    after=%00 after=%zz after=%ff after=%31%20 limit=0x10)) {
    status "?$query", 400, 'chat', 'GET', "$messages?$query", as => $customer;
}
is status('an unknown parameter is named', 400, 'chat', 'GET', "$messages?sort=1", as => $customer)->{json}{errors}[0]{field}, 'sort';
status 'what existing pages send is ignored', 200, 'chat', 'GET', "$messages?memberId=7&after=0", as => $customer;
status 'but not twice', 400, 'chat', 'GET', "$messages?memberId=7&memberId=8", as => $customer;

# ---- JSON ----
for my $text ('{"content":"a"}xyz', '{"content":"a",}', "{'content':'a'}", '/**/{"content":"a"}', "\xEF\xBB\xBF{\"content\":\"a\"}", '{"content":"a","content":"b"}',
    '{"content":1}', '{"content":true}', '{"content":["a"]}', '{"content":{}}', '["a"]', '"a"', '5', 'null', 'true', '{"content":"a"', '{"content":"a\\u0000"}', "{\"content\":\"\0\"}",
    "{\"content\":\"\xC0\xAF\"}", "{\"content\":\"\xED\xA0\x80\"}", "{\"content\":\"\xFF\xFE\"}", "{\"content\":\"\xE2\x82\"}", '{"content":"a","x":1}', '{"content":"a","__proto__":{}}',
    '{"content":"a","constructor":1}', '{"content":"a","x":' . '[],' x 20000 . '1}', '{"content":"a","clientMessageId":""}', '{"content":"a","clientMessageId":"' . 'x' x 200 . '"}',
    '{"content":"a","clientMessageId":"2FD49C6D-086F-402B-916F-DF40F763AEFC"}', '{"content":"a","clientMessageId":5}', '{}', '{"content":null}', '[' x 500) {
    status "JSON " . substr($text =~ s{[^ -~]}{?}gr, 0, 40), 400, 'chat', 'POST', $messages, as => $customer, body => $text, type => 'application/json';
}
status 'half a surrogate', 422, 'chat', 'POST', $messages, as => $customer, body => '{"content":"\\ud800"}', type => 'application/json';
for my $seq ('99999999999999999999', '-1', '1e3', '1.0', '"5"', 'NaN', 'true') {
    status "seq $seq", 400, 'chat', 'POST', "/api/chat/sessions/$id/read", as => $customer, body => "{\"seq\":$seq}", type => 'application/json';
}
status 'too large', 413, 'chat', 'POST', $messages, as => $customer, body => '{"content":"' . 'a' x 65536 . '"}', type => 'application/json';
status 'another type', 415, 'chat', 'POST', $messages, as => $customer, body => '<a/>', type => 'application/xml';
status 'another charset', 415, 'chat', 'POST', $messages, as => $customer, body => '{"content":"a"}', type => 'application/json; charset=utf-16';
status 'fewer bytes than said', 400, 'chat', 'POST', $messages, as => $customer, body => '{"content":"a"}', type => 'application/json', head => {CONTENT_LENGTH => 100};
status 'an odd length', 400, 'chat', 'POST', $messages, as => $customer, body => '{"content":"a"}', type => 'application/json', head => {CONTENT_LENGTH => $_} for '+5', '0x5', '-1', '5 ';
is status('a refused state', 400, 'chat', 'POST', "/api/chat/sessions/$id/presence", as => $customer, json => {state => 'GONE'})->{json}{errors}[0]{field}, 'state';

# ---- Origin ----
for my $origin ('null', 'http://chat.test.evil.example', 'http://chat', 'http://chat.test:81', 'https://chat.test', 'http://evil.example', '', 'chat.test') {
    status "Origin '$origin'", 403, 'chat', 'GET', '/api/chat/categories', origin => $origin;
    status "Origin '$origin', by a bearer", 403, 'chat', 'POST', $messages, as => $customer, json => {content => 'a'}, origin => $origin;
}
status "Origin $_", 200, 'chat', 'GET', '/api/chat/categories', origin => $_ for $own, 'http://CHAT.test', 'http://chat.test:80', 'https://shop.example:8443';
status 'https by a trusted proxy', 200, 'chat', 'GET', '/api/chat/categories', origin => 'https://chat.test',
    head => {REMOTE_ADDR => '127.0.0.1', HTTP_X_FORWARDED_PROTO => 'https'};
status 'https by anybody', 403, 'chat', 'GET', '/api/chat/categories', origin => 'https://chat.test', head => {HTTP_X_FORWARDED_PROTO => 'https'};

# ---- CSRF ----
my $token = $door->csrf($customer);
my @cookie = (as => $customer, by => 'cookie');
status 'a cookie, own Origin and JSON', 201, 'chat', 'POST', $messages, @cookie, json => {content => 'a'};
status 'JSON without Origin', 403, 'chat', 'POST', $messages, @cookie, json => {content => 'a'}, origin => undef;
status 'JSON with a wrong token', 403, 'chat', 'POST', $messages, @cookie, json => {content => 'a'}, head => {HTTP_X_CSRF_TOKEN => 'x'};
status 'a form without the token', 403, 'chat', 'POST', $messages, @cookie, form => {content => 'a'};
status 'a form with another token', 403, 'chat', 'POST', $messages, @cookie, form => {content => 'a', csrfToken => $door->csrf($agent)};
status 'a form with the token', 201, 'chat', 'POST', $messages, @cookie, form => {content => 'a', csrfToken => $token};
status 'a form with the token in the head', 201, 'chat', 'POST', $messages, @cookie, form => {content => 'a'}, head => {HTTP_X_CSRF_TOKEN => $token};
status 'a form with the token, without Origin', 403, 'chat', 'POST', $messages, @cookie, form => {content => 'a', csrfToken => $token}, origin => undef;
status 'a form with the token twice', 403, 'chat', 'POST', $messages, @cookie, form => "csrfToken=x&csrfToken=$token&content=a";
status 'text without the token', 403, 'chat', 'POST', $messages, @cookie, body => '{"content":"a"}', type => 'text/plain';
status 'text with the token', 415, 'chat', 'POST', $messages, @cookie, body => '{"content":"a"}', type => 'text/plain', head => {HTTP_X_CSRF_TOKEN => $token};
status 'no body and no token', 403, 'chat', 'POST', "/api/chat/sessions/$id/last-seen", @cookie;
status 'no body, the token in the head', 200, 'chat', 'POST', "/api/chat/sessions/$id/last-seen", @cookie, head => {HTTP_X_CSRF_TOKEN => $token};
status 'a page form without the token', 403, 'chat', 'POST', "/chat/$id/cancel", @cookie, form => {};
status 'multipart where none is taken', 403, 'chat', 'POST', $messages, @cookie, body => "--x\r\n", type => 'multipart/form-data; boundary=x';

# ---- cookies, tokens ----
my $get = "/api/chat/sessions/$id";
status 'two cookies', 400, 'chat', 'GET', $get, head => {HTTP_COOKIE => "sid=$customer->{cookie}; sid=$agent->{cookie}"};
status 'a foreign cookie beside', 200, 'chat', 'GET', $get, head => {HTTP_COOKIE => "a=b; a=c; xsid=1; sid=$customer->{cookie}"};
status 'an unknown cookie', 401, 'chat', 'GET', $get, head => {HTTP_COOKIE => 'sid=' . 'A' x 43};
status 'a long cookie', 401, 'chat', 'GET', $get, head => {HTTP_COOKIE => 'sid=' . 'A' x 5000};
status 'sid over https', 401, 'chat', 'GET', $get, head => {HTTP_COOKIE => "sid=$customer->{cookie}", HTTPS => 'on'};
status '__Host-sid over https', 200, 'chat', 'GET', $get, head => {HTTP_COOKIE => "__Host-sid=$customer->{cookie}", HTTPS => 'on'};
status 'an unknown bearer', 401, 'chat', 'GET', $get, head => {HTTP_AUTHORIZATION => 'Bearer x'};
status 'an empty bearer', 401, 'chat', 'GET', $get, head => {HTTP_AUTHORIZATION => 'Bearer'};
status 'Basic', 401, 'chat', 'GET', $get, head => {HTTP_AUTHORIZATION => 'Basic eDp5'};
status 'an unknown cookie where anybody may look', 200, 'chat', 'GET', '/', head => {HTTP_COOKIE => 'sid=' . 'A' x 43};
$a = status 'not signed in', 401, 'chat', 'GET', $get;
is $a->{json}{code}, '04';
is status('a page sends to the sign-in', 303, 'chat', 'GET', "/chat/$id")->{head}{location}, "/signin?next=/chat/$id";
is status('a wrong role', 403, 'agent', 'GET', '/agent', @cookie)->{head}{'content-type'}, 'text/html; charset=utf-8';

# ---- languages ----
like Encode::decode_utf8(status('Korean', 401, 'chat', 'GET', $get, head => {HTTP_ACCEPT_LANGUAGE => 'en;q=0.1, ko'})->{body}), qr/./;
like status('English names', 200, 'chat', 'GET', '/api/chat/categories', head => {HTTP_ACCEPT_LANGUAGE => 'en-GB,en;q=0.9'})->{body}, qr/Delivery/;
like status('the language of the cookie', 200, 'chat', 'GET', '/api/chat/categories', head => {HTTP_ACCEPT_LANGUAGE => 'ko', HTTP_COOKIE => 'lang=en'})->{body}, qr/Delivery/;

# ---- nothing of all this was stored ----
my ($row) = $door->sql("SELECT COUNT(*), MIN(content), MAX(content) FROM chat_message WHERE session_id = '$id'");
is_deeply $row, [3, 'a', 'a'], 'only the three good ones are there';

# ---- the database away ----
my $away = Door->new(db_socket => '/nowhere/mysql.sock', db_connect_timeout => '1s');
$a = $away->ask('chat', 'GET', '/api/chat/sessions/resumable', as => $customer);
is $a->{status}, 503, 'the database is away';
is $a->{json}{code}, '99';
ok $a->{head}{'retry-after'}, 'with Retry-After';
$a = $away->ask('chat', 'GET', '/', as => $customer, by => 'cookie');
is $a->{status}, 503, 'a page says so too';
like $a->{head}{'content-type'}, qr{^text/html};

done_testing;
