#!/usr/bin/perl
# Accounts over REST and forms: signing up, in and out, tokens, guests, the language; names and e-mails; the brake; Origin, CSRF and cookies.
use strict;
use warnings;
use utf8;
use Encode qw(encode_utf8 decode_utf8);
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Door;

Door::with_database();
my $door = Door->new(signup_rate => '1000/1m');
my $own = 'http://chat.test';

sub cookie_of { my ($a) = @_; return ($a->{head}{'set-cookie'} // '') =~ /^(?:__Host-)?sid=([^;]*)/m ? $1 : undef }
sub post { my ($path, $json, %opt) = @_; return $door->ask('account', 'POST', "/api/account/$path", json => $json, %opt) }
sub me { my ($cookie, %opt) = @_; return $door->ask('account', 'GET', '/api/account/me', head => {HTTP_COOKIE => "sid=$cookie"}, %opt) }

# ---- signing up ----
my %kim = (email => 'kim@example.com', password => 'pass word 가나', nickname => '김고객');
my $a = post('signup', {%kim, email => 'Kim@Example.COM'});
is $a->{status}, 201, 'an account is created';
my $first = cookie_of($a);
ok $first, 'and signed in';
like $a->{head}{'set-cookie'}, qr/; Path=\/; HttpOnly; SameSite=Lax/;
unlike $a->{head}{'set-cookie'}, qr/Secure/, 'no Secure over http';
is $a->{json}{data}{role}, 'CUSTOMER';
is $a->{json}{data}{nickname}, '김고객';
like $a->{json}{data}{memberId}, qr/^\d+$/;
is me($first)->{json}{data}{csrfToken}, $a->{json}{data}{csrfToken}, 'the token belongs to the cookie';
$a = post('signup', \%kim);
is $a->{status}, 409, 'an e-mail is taken once';
is $a->{json}{code}, '02';
is $a->{json}{errors}[0]{field}, 'email';
is scalar(my @hash = $door->sql("SELECT 1 FROM member WHERE password_hash LIKE '\$argon2id\$v=19\$m=19456,t=2,p=1\$%'")), 1, 'argon2id is stored';

for my $row (
    ['상담원', 422], ["\x{430}dmin", 422], ['ＡＤＭＩＮ', 422], ["a\x{202e}exe.gpj", 422], ['가' x 65, 422], ['x' x 256, 422], ["e\x{301}" . "\x{301}" x 10000, 422],
    ['', 422], ['   ', 422], ['<img src=x onerror=alert(1)>', 201], ['=HYPERLINK("http://x")', 201],
) {
    my ($name, $status) = @$row;
    $a = post('guest', {nickname => $name});
    is $a->{status}, $status, 'name ' . substr($name, 0, 30);
    is $a->{json}{errors}[0]{field}, 'nickname' if $status == 422;
}
$a = post('guest', {nickname => "\x{1112}\x{1169}\x{11bc}"});
is $a->{json}{data}{nickname}, '홍', 'names are NFC';
for my $email ('', 'a', 'a@', '@b', 'a b@c', "a\@b\nc", 'é@example.com', 'a@b@c', ('x' x 255) . '@b') {
    is post('signup', {%kim, email => $email})->{status}, 422, 'no e-mail: ' . substr($email, 0, 20);
}
is post('signup', {%kim, email => 'b@b', password => '1234567'})->{status}, 422, 'a password has 8 characters';
is post('signup', {%kim, email => 'b@b', password => 'x' x 1025})->{status}, 422;
is post('signup', {email => 'b@b', password => '12345678'})->{status}, 400, 'a field is missing';
is post('signup', {%kim, role => 'ADMIN'})->{status}, 400, 'nobody names their own role';
is post('signup', {%kim, email => 5})->{status}, 400;

# ---- signing in ----
$a = post('login', {email => 'KIM@example.com', password => $kim{password}}, head => {HTTP_COOKIE => "sid=$first"});
is $a->{status}, 200, 'signed in';
my $second = cookie_of($a);
isnt $second, $first, 'the cookie is a new one';
is me($first)->{status}, 401, 'and the old one is over';
is me($second)->{json}{data}{nickname}, '김고객';
my $wrong = post('login', {email => $kim{email}, password => 'wrong'});
my $unknown = post('login', {email => 'nobody@example.com', password => 'wrong'});
is $wrong->{status}, 401;
is $wrong->{json}{code}, '04';
is_deeply $unknown->{json}, $wrong->{json}, 'unknown and wrong read the same';
ok !defined cookie_of($wrong), 'no cookie for a failure';
is post('login', {email => 'kim@example.com ', password => $kim{password}})->{status}, 401, 'an e-mail is compared whole';
is post('login', {email => $kim{email}, password => 'x' x 60000})->{status}, 401;
$door->sql("UPDATE member SET status = 0 WHERE email = 'kim\@example.com'");
is post('login', {email => 'kim@example.com', password => $kim{password}})->{status}, 401, 'a disabled member does not sign in';
is me($second)->{status}, 401, 'nor goes on';
$door->sql("UPDATE member SET status = 1 WHERE email = 'kim\@example.com'");
is me($second)->{status}, 200;
is me('x' x 43)->{status}, 401;
is me("' OR 1=1 --")->{status}, 401;
is me("$second; sid=$second")->{status}, 400, 'the same cookie twice';
is $door->ask('account', 'GET', '/api/account/me')->{status}, 401;
is $door->ask('account', 'GET', "/api/account/me?token=$second")->{status}, 401, 'no token in an address';

# ---- https ----
$a = post('login', {email => 'kim@example.com', password => $kim{password}}, head => {HTTPS => 'on'});
like $a->{head}{'set-cookie'}, qr/^__Host-sid=.*; Secure/, 'https has its own cookie';
is me($second, head => {HTTPS => 'on', HTTP_COOKIE => "sid=$second"})->{status}, 401, 'and does not take the other';

# ---- Origin and CSRF ----
my $cookie = {HTTP_COOKIE => "sid=$second"};
my %login = (email => 'kim@example.com', password => $kim{password});
is post('login', \%login, origin => $_)->{status}, 403, "origin $_" for 'http://evil.test', 'null', 'https://chat.test', 'http://chat.test:81', 'http://chat.test.evil.test';
is $door->ask('account', 'POST', '/api/account/logout', head => $cookie)->{status}, 403, 'a cookie without an Origin changes nothing';
is $door->ask('account', 'POST', '/api/account/logout', head => $cookie, origin => $own, form => '')->{status}, 403, 'nor without the token';
is me($second)->{status}, 200;
$a = $door->ask('account', 'POST', '/api/account/logout', head => $cookie, origin => $own, json => {});
is $a->{status}, 200, 'signed out';
like $a->{head}{'set-cookie'}, qr/^sid=;.*Max-Age=0/;
is me($second)->{status}, 401;
ok scalar(my @noted = $door->sql('SELECT 1 FROM right_change WHERE member_id IS NOT NULL')), 'pushd will know';

# ---- tokens ----
$a = post('token', \%login);
is $a->{status}, 200;
ok !defined cookie_of($a), 'a token sets no cookie';
my $token = {token => $a->{json}{data}{token}};
like $a->{json}{data}{expiresAt}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
$a = $door->ask('account', 'GET', '/api/account/me', as => $token);
is $a->{json}{data}{nickname}, '김고객';
is $a->{json}{data}{csrfToken}, undef, 'a bearer needs no token of a form';
is $door->ask('account', 'POST', '/api/account/logout', as => $token)->{status}, 200;
is $door->ask('account', 'GET', '/api/account/me', as => $token)->{status}, 401, 'a token ends by logout too';
my $old = cookie_of(post('login', \%login));
$door->sql("UPDATE login_session SET expires = '2020-01-01'");
is me($old)->{status}, 401, 'a sign-in ends by its time';
is me(cookie_of(post('guest', {})))->{json}{data}{role}, 'GUEST', 'a guest';
$a = post('guest', {nickname => '나그네', token => JSON::PP::true});
is $a->{status}, 201;
ok !defined cookie_of($a);
is $door->ask('account', 'GET', '/api/account/me', as => {token => $a->{json}{data}{token}})->{json}{data}{role}, 'GUEST', 'a guest of a program';

# ---- methods ----
$a = $door->ask('account', 'GET', '/api/account/login');
is $a->{status}, 405;
is $a->{head}{allow}, 'POST';
is $door->ask('account', 'GET', '/api/account/nosuch')->{status}, 404;

# ---- pages ----
sub form { my ($path, $form, %opt) = @_; return $door->ask('account', 'POST', $path, form => {csrfToken => '', %$form}, origin => $own, %opt) }
$a = $door->ask('account', 'GET', '/signin?next=%2Fmy%3Fa%3D1');
is $a->{status}, 200;
like $a->{body}, qr/name="next" value="\/my\?a=1"/;
$a = form('/signin', {%login, next => '/my?a=1'});
is $a->{status}, 303;
is $a->{head}{location}, '/my?a=1', 'back to where it began';
my $page = {HTTP_COOKIE => 'sid=' . cookie_of($a)};
for my $next ('//evil.test', 'http://evil.test', '/\\evil.test', "/\r\nX: y", 'javascript:alert(1)', '/signin', '/api/account/me', "/\t/evil.test", '') {
    $a = form('/signin', {%login, next => $next});
    is $a->{status}, 303;
    is $a->{head}{location}, '/', 'next leads nowhere else';
}
$door->member('Hana', 2);
$door->sql("UPDATE member c JOIN member k ON k.email = 'kim\@example.com' SET c.password_hash = k.password_hash WHERE c.email = 'hana\@example.com'");
is form('/signin', {%login, email => 'hana@example.com'})->{head}{location}, '/agent', 'agents go to their work';
$a = form('/signin', {password => '<x>', email => '"><script>'});
is $a->{status}, 401;
like $a->{body}, qr/role="alert"/;
unlike $a->{body}, qr/"><script>/;
unlike $a->{body}, qr/&lt;x&gt;/, 'a password is never sent back';
is $door->ask('account', 'GET', '/signin?next=/my', head => $page)->{head}{location}, '/my', 'who is signed in need not again';
my $guest = {HTTP_COOKIE => 'sid=' . cookie_of(post('guest', {}))};
is $door->ask('account', 'GET', '/signin', head => $guest)->{status}, 200, 'a guest may have an account';
$a = form('/signup', {email => 'lee@example.com', password => 'short', nickname => '이고객'});
is $a->{status}, 422;
like decode_utf8($a->{body}), qr/id="password-err"/;
like decode_utf8($a->{body}), qr/value="이고객"/;
is form('/signup', {email => 'lee@example.com', password => 'long enough', nickname => '이고객', next => '/my'})->{head}{location}, '/my';
$a = form('/guest', {nickname => '관리자'});
is $a->{status}, 422;
like $a->{body}, qr/id="guest-err"/;
is form('/guest', {nickname => '손'})->{head}{location}, '/';
is form('/lang', {lang => 'fr', next => '/'})->{status}, 422;
$a = form('/lang', {lang => 'en', next => '/chat/가 나'});
is $a->{head}{location}, '/chat/%EA%B0%80%20%EB%82%98';
like $a->{head}{'set-cookie'}, qr/^lang=en; Path=\/; SameSite=Lax/;
is form('/signout', {}, head => $page)->{status}, 403, 'signing out needs the token';
my $csrf = $door->ask('account', 'GET', '/api/account/me', head => $page)->{json}{data}{csrfToken};
is form('/lang', {lang => 'en', csrfToken => $csrf}, head => $page)->{status}, 303;
is_deeply [$door->sql("SELECT lang FROM member WHERE email = 'kim\@example.com'")], [['en']], 'the language is kept';
is form('/signout', {csrfToken => $csrf}, head => $page)->{head}{location}, '/';
is $door->ask('account', 'GET', '/api/account/me', head => $page)->{status}, 401;

# ---- the brake, with counters of its own ----
$door = Door->new(login_tries => '5/1m', signup_rate => '2/1m');
is post('login', {%login, password => 'wrong'})->{status}, 401 for 1 .. 4;
is post('login', \%login)->{status}, 200, 'the right one passes' for 1 .. 3;
is post('login', {%login, password => 'wrong'})->{status}, 401, 'and counts for nothing';
$a = post('login', \%login);
is $a->{status}, 429, 'then even the right one waits';
is $a->{json}{code}, '06';
like $a->{head}{'retry-after'}, qr/^1?[0-9]$/;
is post('login', {email => 'other@example.com', password => 'wrong'})->{status}, 429, 'the address waits too';
is post('login', {email => 'other@example.com', password => 'wrong'}, head => {REMOTE_ADDR => '192.0.2.2'})->{status}, 401, 'another address does not';
is post('login', \%login, head => {REMOTE_ADDR => '192.0.2.2'})->{status}, 429, 'but for that account';
is form('/signin', \%login)->{status}, 429, 'the form is the same door';
is post('guest', {nickname => 'admin'})->{status}, 422 for 1 .. 4;
is post('guest', {})->{status}, 201, 'a refused name counts for nothing' for 1 .. 2;
is post('guest', {})->{status}, 429, 'new guests are counted';
is post('signup', {email => 'z@example.com', password => '12345678', nickname => 'z'})->{status}, 429;
$door = Door->new(login_tries => '1/1m', limits => 'off');
is post('login', {%login, password => 'wrong'})->{status}, 401, 'limits = off lifts all' for 1 .. 3;

done_testing;
