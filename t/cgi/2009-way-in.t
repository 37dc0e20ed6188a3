#!/usr/bin/perl
# The way in, by forms and REST, as plain CGI: opening hours, nobody there, a message left, its answer by mail, fields, consent; bad input comes back filled in.
use strict;
use warnings;
use utf8;
use Encode qw(decode_utf8 encode_utf8 decode);
use FindBin;
use lib $FindBin::Bin;
use POSIX qw(strftime);
use Test::More;
use Door;
use Sink;

Door::with_database();
my $sink = Sink->start;
my %conf = (locale_dir => "$Door::build/po/locale", smtp_url => $sink->url, smtp_tls => 'off', mail_from => 'chat@example.org', site_name => '늘봄',
    site_url => 'https://chat.example.org', daemon => 'off');
my $door = Door->new(%conf);
my $quiet = Door->new(%conf, smtp_url => '');
my $origin = "http://$Door::host";
sub ctl {
    my ($input, @args) = @_;
    open my $to, '|-', "$Door::build/sangdamctl", '-c', $door->{conf}, map { encode_utf8 $_ } @args or die $!;
    print $to encode_utf8 $input;
    close $to;
    return $? >> 8;
}
sub tick { return ctl('', 'tick', '--json') } # says its counts on standard output, which TAP skips
sub page { my ($uri, %opt) = @_; my $a = ($opt{door} || $door)->ask('chat', 'GET', $uri, head => {HTTP_ACCEPT_LANGUAGE => $opt{lang} || 'ko'}, $opt{as} ? (as => $opt{as}, by => 'cookie') : ()); return decode_utf8 $a->{body} }
sub post { my ($form, %opt) = @_; my $a = $door->ask('chat', 'POST', '/', form => $form, origin => $origin, head => {HTTP_ACCEPT_LANGUAGE => $opt{lang} || 'ko', %{$opt{head} || {}}}); $a->{text} = decode_utf8 $a->{body}; return $a }
sub id_of { return $_[0]{head}{location} =~ m{^/chat/([0-9a-f-]{36})$} ? $1 : die 'no chat' }
sub cookie_of { return $_[0]{head}{'set-cookie'} =~ /sid=([^;]+)/ ? {cookie => $1} : die 'no cookie' }
sub one { return join '|', map { decode_utf8 $_ } @{($door->sql($_[0]))[0] || []} } # the first row

# All that happened in a chat was two hours ago.
sub pass_time {
    my $chat = shift;
    my $no = one("SELECT session_no FROM chat_session WHERE session_id = '$chat'");
    my $past = join ', ', map { "$_ = $_ - INTERVAL 2 HOUR" } qw(cdate queue_since queue_entered accept_time member_last_seen);
    $door->sql("UPDATE chat_session SET $past WHERE session_no = $no; UPDATE chat_message SET cdate = cdate - INTERVAL 2 HOUR WHERE session_no = $no");
}

# ---- open, and who is there ----
like page('/'), qr/지금은 상담사가 없습니다/, 'nobody is here: said at once';
like page('/', lang => 'en'), qr/No agent is here right now/, 'in English too';
like page('/'), qr{href="/\?leave=true"}, 'with a way to leave a message';
my $agent = $door->member('Hana', 2);
$door->sql("UPDATE login_session SET last_used = UTC_TIMESTAMP(3) WHERE member_id = $agent->{id}");
unlike page('/'), qr/지금은 상담사가 없습니다/, 'an agent is here';
like page('/'), qr/상담사 접속 중|상담 가능|상담사가 있습니다|class="dot" aria-hidden/, 'and that is said';

# ---- hours ----
is ctl('', qw(hours zone UTC)), 0, 'a zone';
is ctl('', qw(hours zone Nowhere/Land)), 65, 'not one that there is not';
is ctl('', 'hours', 'set', 'mon-', '09:00-18:00'), 64, 'wrong days';
is ctl('', 'hours', 'set', 'all', '18:00-09:00'), 64, 'wrong hours';
my @days = qw(mon tue wed thu fri sat sun);
my $today = (strftime('%u', gmtime) - 1);
is ctl('', qw(hours set all closed)), 0;
is ctl('', 'hours', 'set', $days[($today + 1) % 7], '09:00-12:00,13:00-18:00'), 0, 'open tomorrow alone';
my $closed = page('/');
like $closed, qr/내일 오전 9:00에 상담을 다시 시작합니다/, 'the next opening in Korean';
like page('/', lang => 'en'), qr/We are back tomorrow at 9:00 AM\./, 'and in English';
like $closed, qr/09:00–12:00, 13:00–18:00/, 'with the week and its break';
like $closed, qr/<textarea[^>]* name="message"/, 'and the offline form';
is ctl('', 'hours', 'holiday', strftime('%Y-%m-%d', gmtime(time + 86400)), '창립 <b>기념일', 'Founding day'), 0, 'tomorrow becomes a holiday';
unlike page('/'), qr/내일 오전/, 'then it is not tomorrow';
is ctl('', 'hours', 'holiday', strftime('%Y-%m-%d', gmtime), '창립 <b>기념일', 'Founding day'), 0;
like page('/'), qr/오늘은 휴무일입니다\(창립 &lt;b&gt;기념일\)/, 'a holiday by its name, literal';
like page('/', lang => 'en'), qr/Today is a holiday: Founding day\./;
is ctl('', 'hours', 'holiday', '2026-02-30'), 64, 'no such date';
is ctl('', 'hours', 'holiday', strftime('%Y-%m-%d', gmtime($_)), 'none'), 0 for time, time + 86400;

# ---- the offline form ----
my %good = (categoryId => 200, name => '미나', message => "언제 <b>와요</b>?\r\n\"><svg onload=alert(1)>", email => 'mina@example.com');
my $members = sub { ($door->sql('SELECT COUNT(*) FROM member'))[0][0] };
my $before = $members->();
for my $case (
    ['no message', {message => ''}, 'message', '문의 내용을 입력해 주세요'], ['blank', {message => " \n\x{3164}"}, 'message', '문의 내용을 입력해 주세요'],
    ['too long', {message => '가' x 2001}, 'message', '2,?000'], ['control characters', {message => "a\x{7}b"}, 'message', '.'],
    ['an address that is none', {email => 'mina@@x'}, 'email', '.'], ['an address with a line break', {email => "a\@example.com\r\nBcc: b"}, 'email', '.'],
    ['no topic', {categoryId => ''}, 'category', '.'],
) {
    my ($what, $change, $field, $says) = @$case;
    my $a = post({%good, %$change});
    is $a->{status}, 422, "$what: 422";
    like $a->{text}, qr/id="$field-err">.*?$says/s, "$what: the reason beside the field";
    like $a->{text}, qr/name="name"[^>]*value="미나"/, "$what: the name is still there";
    like $a->{text}, qr/언제 &lt;b&gt;와요&lt;\/b&gt;\?\r?\n&quot;&gt;&lt;svg/, "$what: what was typed is still there, literal" if !exists $change->{message};
}
my $a = post({%good, name => '상담원'});
is $a->{status}, 422, 'a name of staff';
like $a->{text}, qr/id="name-err"/;
like $a->{text}, qr/value="mina\@example\.com"/, 'keeps the rest';
is $members->(), $before, 'no guest was made by all that';
is post({%good, nosuch => 1})->{status}, 400, 'an unknown field';
is post({%good, consentVersion => 'x'})->{status}, 400, 'a version that is no number';

$a = post(\%good);
is $a->{status}, 303, 'a message is left';
my $id = id_of($a);
my $guest = cookie_of($a);
my ($row) = $door->sql("SELECT s.status_id, s.offline, s.message_count, o.email, o.lang FROM chat_session s JOIN offline_reply o USING (session_no) WHERE session_id = '$id'");
is_deeply $row, [1, 1, 1, 'mina@example.com', 'ko'], 'a waiting chat, offline, with its message';
my $mine = page("/chat/$id", as => $guest);
like $mine, qr/문의를 잘 받았습니다/, 'its page says so';
like $mine, qr/mina\@example\.com/;
like $mine, qr/언제 &lt;b&gt;와요/, 'and shows the text';
like $mine, qr/id="queue"[^>]* hidden/, 'no place in a queue';
like page('/', as => $guest), qr/문의 보기/, 'the first page leads to it';

# ---- nobody times it out ----
pass_time($id);
tick() for 1 .. 2;
is one("SELECT CONCAT(status_id, ISNULL(member_grace_until)) FROM chat_session WHERE session_id = '$id'"), '11', 'it waits on, whoever is away';

# ---- the answer, by mail ----
my $waiting = $door->ask('agent', 'GET', '/api/admin/chat/sessions/waiting', as => $agent)->{json}{data};
ok((grep { $_->{sessionId} eq $id } @$waiting), 'agents see it waiting');
is $door->ask('agent', 'POST', "/api/admin/chat/sessions/$id/accept", as => $agent)->{status}, 200, 'one accepts';
my $panel = decode_utf8 $door->ask('agent', 'GET', "/agent/chat/$id", as => $agent, by => 'cookie')->{body};
like $panel, qr/Message left|남긴 문의/, 'and is told that it was left';
like $panel, qr/mina\@example\.com/, 'and where the answer goes';
is $door->ask('chat', 'POST', "/api/chat/sessions/$id/messages", as => $agent, json => {content => "내일 <i>도착</i>합니다 👋"})->{status}, 201, 'and answers';
tick();
is scalar($sink->letters), 0, 'no letter while the agent may still be writing';
pass_time($id);
tick();
my @letters = $sink->letters;
is scalar @letters, 1, 'one letter';
is $letters[0]{to}, 'mina@example.com';
like decode('MIME-Header', $letters[0]{head}{subject}), qr/답변드립니다 - 늘봄/;
like $letters[0]{text}, qr/\[Hana\]\r\n내일 <i>도착<\/i>합니다 👋/, 'with the answer, literal';
like $letters[0]{text}, qr/언제 <b>와요<\/b>\?/, 'and the question';
like $letters[0]{text}, qr{https://chat\.example\.org/chat/$id}, 'and the way back';
pass_time($id);
tick() for 1 .. 2;
is scalar($sink->letters), 1, 'once';
is one("SELECT ISNULL(member_grace_until) FROM chat_session WHERE session_id = '$id'"), 1, 'and the customer who is not there is not called away';
is $door->ask('chat', 'POST', "/api/chat/sessions/$id/messages", as => $agent, json => {content => '하나 더'})->{status}, 201;
is $door->ask('agent', 'POST', "/api/admin/chat/sessions/$id/end", as => $agent, json => {})->{status}, 200;
tick();
@letters = $sink->letters;
is scalar @letters, 2, 'what came later is mailed too, when the chat ends at once';
unlike $letters[1]{text}, qr/도착/, 'without what was mailed before';
like page("/chat/$id", as => $guest), qr/내일 &lt;i&gt;도착/, 'the customer reads it at the next visit as well';

# ---- without mail; by REST; read in time: no letter ----
unlike page('/', door => $quiet), qr/name="email"/, 'a site that sends no mail asks for no address';
my $api = $door->member('Jun', 1);
$a = $door->ask('chat', 'POST', '/api/chat/session', as => $api, json => {categoryId => 200, title => 'x'});
is $a->{status}, 201, 'by REST out of hours';
my $two = $a->{json}{data}{sessionId};
is one("SELECT offline FROM chat_session WHERE session_id = '$two'"), 1, 'is offline too';
is one("SELECT email FROM offline_reply JOIN chat_session USING (session_no) WHERE session_id = '$two'"), 'jun@example.com', 'with the member\'s own address';
$door->ask('agent', 'POST', "/api/admin/chat/sessions/$two/accept", as => $agent);
$door->ask('chat', 'POST', "/api/chat/sessions/$two/messages", as => $agent, json => {content => '답'});
$door->ask('chat', 'POST', "/api/chat/sessions/$two/read", as => $api, json => {});
pass_time($two);
tick();
is scalar($sink->letters), 2, 'an answer that was read is not mailed';

# ---- the queue knows only who waits ----
is ctl('', qw(hours clear)), 0, 'always open again';
$a = post({categoryId => 200, name => '기다림', title => ''});
my $live = id_of($a);
is one("SELECT offline FROM chat_session WHERE session_id = '$live'"), 0, 'open: into the queue';
$a = post({%good, leave => 'true', name => '남김'});
is one("SELECT offline FROM chat_session WHERE session_id = '" . id_of($a) . "'"), 1, 'or left by choice';
my $third = $door->member('Sora', 1);
my $place = $door->ask('chat', 'GET', '/api/chat/sessions/' . $door->ask('chat', 'POST', '/api/chat/session', as => $third, json => {categoryId => 200})->{json}{data}{sessionId}, as => $third);
is $place->{json}{queue}{position}, 2, 'behind who waits, not behind what was left';

# ---- fields ----
is ctl('', 'entry', 'field', 1, 'text', '주문 번호', 'Order number', '--needed'), 0;
is ctl('', 'entry', 'field', 2, 'none'), 0;
is ctl('', 'entry', 'field', 3, 'name'), 64, 'at most two';
my $page = page('/');
like $page, qr/<label for="field1">주문 번호/, 'a field of the administrator\'s own';
unlike $page, qr/name="(title|name|field2)"/, 'and no other';
$a = post({categoryId => 201, field1 => ''});
is $a->{status}, 422, 'needed';
like $a->{text}, qr/id="field1-err"/;
like $a->{text}, qr/value="201"[^>]* checked/, 'the topic is still chosen';
is post({categoryId => 201, field1 => '가' x 201})->{status}, 422, 'too long';
$a = post({categoryId => 201, field1 => '=1+1<b>'});
is $a->{status}, 303;
my $four = id_of($a);
is one("SELECT label, content FROM session_field JOIN chat_session USING (session_no) WHERE session_id = '$four'"), '주문 번호|=1+1<b>', 'stored with its label';
like decode_utf8($door->ask('agent', 'GET', "/agent/chat/$four", as => $agent, by => 'cookie')->{body}), qr/주문 번호<\/dt><dd>=1\+1&lt;b&gt;/, 'shown to agents, literal';
ctl('', qw(entry field 1 name));
ctl('', qw(entry field 2 title));

# ---- consent ----
is ctl("동의 <b>첫째</b>\n둘째 줄\n---\nConsent one\n", qw(entry consent set)), 0, 'a consent text';
is ctl("nothing between\n", qw(entry consent set)), 65, 'in both languages';
$page = page('/');
like $page, qr/동의 &lt;b&gt;첫째/, 'is shown, literal';
like page('/', lang => 'en'), qr/Consent one/;
my ($version) = $page =~ /name="consentVersion" value="(\d+)"/;
$a = post({categoryId => 200, name => '무동의'});
is $a->{status}, 422, 'not agreed';
like $a->{text}, qr/id="consent-err"/;
is $door->ask('chat', 'POST', '/api/chat/session', as => $door->member('Rest', 1), json => {categoryId => 200})->{status}, 422, 'nor by REST';
$a = post({categoryId => 200, name => '동의', consentVersion => $version});
is $a->{status}, 303, 'agreed';
($row) = $door->sql("SELECT c.consent_version, c.cdate BETWEEN UTC_TIMESTAMP(3) - INTERVAL 1 MINUTE AND UTC_TIMESTAMP(3) FROM session_consent c JOIN chat_session USING (session_no) WHERE session_id = '" . id_of($a) . "'");
is_deeply $row, [$version, 1], 'version and time are stored';
ctl("새 글\n---\nNew text\n", qw(entry consent set));
$a = post({categoryId => 200, name => '옛', consentVersion => $version});
is $a->{status}, 422, 'the text has changed meanwhile';
like $a->{text}, qr/내용이 바뀌었습니다/;
is ctl('', qw(entry consent off)), 0;
is post({categoryId => 200, name => '끝'})->{status}, 303, 'none is asked for any more';

done_testing();
