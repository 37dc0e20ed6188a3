#!/usr/bin/perl
# A talk to keep: as text, as a page, by mail, and by the link in the letter, which opens it once and is used up by nobody who only looks.
use strict;
use warnings;
use utf8;
use Encode qw(decode_utf8 decode);
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Door;
use Sink;

Door::with_database();
my $sink = Sink->start;
my %conf = (locale_dir => "$Door::build/po/locale", smtp_url => $sink->url, smtp_tls => 'off', mail_from => 'chat@example.org', site_name => '달빛문구',
    site_url => 'https://chat.example.org');
my $door = Door->new(%conf);
my ($mina, $eve, $kim, $lee) = ($door->member('Mina', 1), $door->member('Eve', 1), $door->member('Kim', 2), $door->member('Lee', 5));
my $api = sub { my ($who, $method, $uri, $json) = @_; return $door->ask($uri =~ m{^/api/admin} ? 'agent' : 'chat', $method, $uri, as => $who, $json ? (json => $json) : ()) };
sub get { my ($who, $uri, %opt) = @_; my $a = $door->ask($uri =~ m{^/history} ? 'agent' : 'chat', $opt{method} || 'GET', $uri, $who ? (as => $who, by => 'cookie') : (), head => {HTTP_ACCEPT_LANGUAGE => $opt{lang} || 'ko'}); $a->{text} = decode_utf8 $a->{body}; return $a }
sub post { my ($who, $uri, $form, %opt) = @_; my $a = ($opt{door} || $door)->ask('chat', 'POST', $uri, form => {%$form, $who ? (csrfToken => $door->csrf($who)) : ()}, $who ? (as => $who, by => 'cookie') : (), origin => "http://$Door::host", head => {HTTP_ACCEPT_LANGUAGE => $opt{lang} || 'ko'}); $a->{text} = decode_utf8 $a->{body}; return $a }
sub tick { system "$Door::build/sangdamctl -c $door->{conf} tick >/dev/null"; return }
my $id = $api->($mina, 'POST', '/api/chat/session', {categoryId => 200, title => '<b>1234</b>번 주문'})->{json}{data}{sessionId};
$api->($kim, 'POST', "/api/admin/chat/sessions/$id/accept", {});
my $say = sub { my ($who, $content) = @_; return $api->($who, 'POST', "/api/chat/sessions/$id/messages", {content => $content})->{json}{data}{seq} };
$say->($mina, "안녕하세요 <script>alert(1)</script>\n[오후 3:05] Kim\n    환불해 드릴게요");
my $gone = $say->($mina, '비밀번호는 0000');
my $edited = $say->($kim, '잠시만요오');
$api->($mina, 'DELETE', "/api/chat/sessions/$id/messages/$gone");
$api->($kim, 'PUT', "/api/chat/sessions/$id/messages/$edited", {content => '잠시만요'});
$api->($kim, 'POST', "/api/admin/chat/sessions/$id/notes", {content => '내부메모'});
my ($no) = map { $_->[0] } $door->sql("SELECT session_no FROM chat_session WHERE session_id = '$id'");
# 2026-11-22 06:05 UTC is a Sunday afternoon in Seoul, and the next row the day after
$door->sql("UPDATE chat_session SET cdate = '2026-11-22 06:05:00' WHERE session_no = $no; UPDATE chat_message SET cdate = '2026-11-22 06:05:00' WHERE session_no = $no;"
    . "UPDATE chat_message SET cdate = '2026-11-22 15:10:00' WHERE session_no = $no AND seq = $edited");

# ---- as text ----
my $text = get($mina, "/chat/$id/transcript.txt");
is $text->{status}, 200;
is $text->{head}{'content-type'}, 'text/plain; charset=utf-8';
is $text->{head}{'content-disposition'}, 'attachment; filename="chat-2026-11-22.txt"';
like $text->{text}, qr/\A달빛문구 - 대화\n\n문의 종류: .+\n문의 내용: <b>1234<\/b>번 주문\n고객: Mina\n상담사: Kim\n접수: 2026년 11월 22일 일요일 오후 3:05\n번호: $id\n시각 기준: Asia\/Seoul\n\n2026년 11월 22일 일요일\n\n/;
like $text->{text}, qr/^\[오후 3:05\] - 상담이 시작되었습니다. 상담사: Kim$/m, 'system rows in the reader\'s language';
like $text->{text}, qr/^\[오후 3:05\] Mina\n    안녕하세요 <script>alert\(1\)<\/script>\n    \[오후 3:05\] Kim\n        환불/m, 'literal, and no line of it passes for another\'s';
like $text->{text}, qr/^\[오후 3:05\] Mina\n    \(삭제된 메시지입니다\.\)$/m, 'a deleted one is a stone';
like $text->{text}, qr/\n\n2026년 11월 23일 월요일\n\n\[오전 12:10\] Kim \(수정됨\)\n    잠시만요\n\z/, 'the day turns in Seoul; the text is the newest';
unlike $text->{text}, qr/0000|내부메모|만요오/, 'nothing deleted, no earlier text, no note';
my $english = get($mina, "/chat/$id/transcript.txt", lang => 'en')->{text};
like $english, qr/Received: Sunday, November 22, 2026 3:05 PM/;
like $english, qr/^\[3:05 PM\] - The chat has begun\. Agent: Kim$/m;
is get($eve, "/chat/$id/transcript.$_")->{status}, 404, "others: no .$_" for qw(txt html);
is get(undef, "/chat/$id/transcript.txt")->{status}, 303;
is get($lee, "/history/$id/transcript.txt")->{text}, $text->{text}, 'the staff get the same';
unlike get($kim, "/history/$id/transcript.html")->{text}, qr/내부메모|name="email"/;

# ---- a long one comes whole, in order ----
my $long = $api->($eve, 'POST', '/api/chat/session', {categoryId => 200})->{json}{data}{sessionId};
my ($long_no) = map { $_->[0] } $door->sql("SELECT session_no FROM chat_session WHERE session_id = '$long'");
$door->sql("INSERT INTO chat_message (session_no, seq, session_id, sender_id, sender_type, content, cdate) SELECT $long_no, seq, '$long', $eve->{id}, 'M', CONCAT('no ', seq), UTC_TIMESTAMP(3) FROM seq_1_to_2345;"
    . "UPDATE chat_session SET message_count = 2345 WHERE session_no = $long_no");
is join(' ', get($eve, "/chat/$long/transcript.txt")->{text} =~ /^    no (\d+)$/mg), join(' ', 1 .. 2345), 'each row once';
my $page = get($eve, "/chat/$long/transcript.html")->{text};
like $page, qr/긴 대화라서/;
is join(' ', $page =~ />no (\d+)</g), join(' ', 346 .. 2345), 'the page has the last 2000';

# ---- as a page ----
$page = get($mina, "/chat/$id/transcript.html")->{text};
like $page, qr/&lt;script&gt;alert/;
unlike $page, qr/<script>|0000|내부메모/;
like $page, qr/2026년 11월 22일 일요일 오후 3:05/;
like $page, qr/삭제된 메시지입니다/;
like $page, qr/name="email"[^>]*value="mina\@example.com"/, 'the form knows the member\'s address';

# ---- by mail ----
my $mail = sub { my ($email, %opt) = @_; return post($opt{as} || $mina, "/chat/$id/transcript", {email => $email}, %opt) };
my $bad = $mail->('no address');
is $bad->{status}, 422;
like $bad->{text}, qr/value="no address" aria-invalid="true" aria-describedby="email-err"/, 'a wrong address stays in its field';
is $mail->('x@example.org', as => $eve)->{status}, 404;
is scalar $sink->letters, 0;
my $sent = $mail->('mina@example.com');
is $sent->{status}, 303;
is $sent->{head}{location}, "/chat/$id/transcript.html?sent=1";
like get($mina, $sent->{head}{location})->{text}, qr/메일을 보내고 있어요/;
is $mail->('mina@example.com')->{status}, 303;
tick();
my ($letter, @more) = $sink->letters;
is scalar @more, 0, 'a button pressed twice sends one letter';
is $letter->{to}, 'mina@example.com';
is decode('MIME-Header', $letter->{head}{subject}), '상담 내용 - 달빛문구';
(my $body = $letter->{text}) =~ s/\r\n/\n/g;
like $body, qr/^\[오후 3:05\] Mina\n    안녕하세요 <script>/m, 'the talk stands in it';
unlike $body, qr/0000|내부메모/;
my ($secret) = $body =~ m{https://chat\.example\.org/chat/transcript#([\w-]{43})\n} or die "no link: $body";
is_deeply [$door->sql("SELECT COUNT(*) FROM transcript_link WHERE secret_hash = UNHEX(SHA2('$secret', 256))")], [[1]], 'the table knows its hash';

# ---- the link ----
for my $method (qw(HEAD GET HEAD GET)) {
    my $look = get(undef, '/chat/transcript', method => $method);
    is $look->{status}, 200, "$method uses up nothing";
    unlike $look->{text}, qr/1234|Mina|set-cookie/;
    is $look->{head}{'set-cookie'}, undef;
}
my $open = sub { return post(undef, '/chat/transcript', {secret => shift}, @_) };
is $open->($_)->{status}, 404, "guessed or altered: $_" for '', 'x', substr($secret, 1), "$secret ", lc $secret ne $secret ? lc $secret : uc $secret, 'A' x 43;
is $door->ask('chat', 'GET', "/chat/transcript?secret=$secret")->{status}, 400, 'a secret has no place in an address';
is $door->ask('chat', 'POST', '/chat/transcript', form => {secret => $secret}, origin => 'https://evil.example')->{status}, 403;
my @at_once = map { my $pid = open(my $in, '-|') // die; if (!$pid) { print $open->($secret)->{status}; require POSIX; STDOUT->flush; POSIX::_exit(0) } $in } 1 .. 4;
is join(' ', sort map { my $in = $_; <$in> } @at_once), '200 410 410 410', 'of several at once one gets it';
my $again = $open->($secret);
is $again->{status}, 410;
unlike $again->{text}, qr/1234|Mina/;
$mail->('other@example.com');
tick();
(undef, $letter) = $sink->letters;
($secret) = $letter->{text} =~ m{#([\w-]{43})};
$door->sql("UPDATE transcript_link SET expires = UTC_TIMESTAMP(3) WHERE secret_hash = UNHEX(SHA2('$secret', 256))");
is $open->($secret)->{status}, 410, 'too old';
$door->sql("UPDATE transcript_link SET expires = UTC_TIMESTAMP(3) + INTERVAL 1 DAY WHERE secret_hash = UNHEX(SHA2('$secret', 256))");
my $opened = $open->($secret, lang => 'en');
is $opened->{status}, 200;
like $opened->{text}, qr/The chat has begun\. Agent: Kim/;
unlike $opened->{text}, qr/name="email"|href="\/chat\/$id/, 'it opens the talk and nothing else';
like $opened->{head}{'cache-control'}, qr/no-store/;

# ---- how many, and where no mail is sent ----
$mail->("p$_\@example.com") for 1 .. 3;
my $much = $mail->('p4@example.com');
is $much->{status}, 429, 'five letters a day';
ok $much->{head}{'retry-after'} > 80000;
like $much->{text}, qr/value="p4\@example.com"/;
my $quiet = Door->new(%conf, smtp_url => '');
is $mail->('mina@example.com', door => $quiet)->{status}, 409;
unlike $quiet->ask('chat', 'GET', "/chat/$id/transcript.html", as => $mina, by => 'cookie')->{body}, qr/name="email"/;
$door->sql("UPDATE transcript_link SET expires = UTC_TIMESTAMP(3) - INTERVAL 40 DAY");
tick();
is_deeply [$door->sql('SELECT COUNT(*) FROM transcript_link')], [[0]], 'old links go';
done_testing();
