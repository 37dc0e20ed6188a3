#!/usr/bin/perl
# A chat that nobody takes is told to the staff by mail: to those of its topic or to a list, once, when it is time, and not when somebody was there.
use strict;
use warnings;
use utf8;
use Encode qw(decode);
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Door;
use Sink;

Door::with_database();
my $sink = Sink->start;
my %mail = (smtp_url => $sink->url, smtp_tls => 'off', mail_from => 'chat@example.org', site_name => '늘봄', site_url => 'https://chat.example.org', daemon => 'off',
    locale_dir => "$Door::build/po/locale", queue_timeout => '1d');
my $off = Door->new(%mail);
my $door = Door->new(%mail, unanswered_mail_after => '10m');
my $list = Door->new(%mail, unanswered_mail_after => '10m', unanswered_mail_to => 'lead@example.org  night@example.org');
my $ctl = "$Door::build/sangdamctl";
my $seen = 0;
# The letters of one tick, by recipient.
sub tick {
    my $d = shift;
    open my $in, '-|', $ctl, '-c', $d->{conf}, 'tick', '--json' or die $!;
    my $said = do { local $/; <$in> };
    close $in or die 'tick failed';
    my @all = $sink->letters;
    my %new = map { $_->{to} => $_ } @all[$seen .. $#all];
    is scalar @all - $seen, scalar keys %new, 'nobody gets two letters';
    $seen = @all;
    return \%new;
}
# A chat that has waited for so many minutes.
sub chat {
    my ($name, $minutes, %also) = @_;
    my $who = $door->member($name, 1);
    my $a = $door->ask('chat', 'POST', '/api/chat/session', as => $who, json => {categoryId => $also{category} || 200, title => $also{title} || '언제 <b>와요</b>?'});
    is $a->{status}, 201, "$name asks for a chat" or diag $a->{body};
    my $id = $a->{json}{data}{sessionId};
    $door->sql("UPDATE chat_session SET queue_entered = queue_entered - INTERVAL $minutes MINUTE, member_last_seen = UTC_TIMESTAMP(3) + INTERVAL 1 HOUR WHERE session_id = '$id'");
    return $id;
}
my $agent = $door->member('Hana', 2);
my $other = $door->member('Dori', 2);
my $gone = $door->member('Gone', 2);
$door->sql("UPDATE member SET status = 0 WHERE member_id = $gone->{id}; INSERT INTO staff_category VALUES ($other->{id}, 201)");

my $late = chat('Mina', 11);
my $early = chat('Yuna', 2);
is_deeply tick($off), {}, 'off unless it is configured';
my $new = tick($door);
is_deeply [sort keys %$new], ['hana@example.com'], 'to the active staff of the topic';
my $letter = $new->{'hana@example.com'};
is decode('MIME-Header', $letter->{head}{subject}), '상담사를 기다리는 상담: Mina - 늘봄', 'the subject';
like $letter->{text}, qr{^https://chat\.example\.org/agent/chat/$late\r}, 'with a link to the chat';
like $letter->{text}, qr/문의 내용: 언제 <b>와요<\/b>\?\r/, 'the question, literal';
like $letter->{text}, qr/A customer waits, and no agent has accepted the chat yet\./, 'in English too';
is_deeply tick($door), {}, 'once';
$door->sql("UPDATE chat_session SET queue_entered = UTC_TIMESTAMP(3) - INTERVAL 30 MINUTE WHERE session_id = '$late'");
is_deeply tick($list), {}, 'once also to others, and when it comes back';

my $topic = chat('Sora', 20, category => 201, title => "x\r\nBcc: all\@example.org" =~ s/\r\n/ /r);
is_deeply [sort keys %{tick($door)}], ['dori@example.com', 'hana@example.com'], 'another topic: its agents, and those who have all';

my $taken = chat('Jiho', 20);
is $door->ask('agent', 'POST', "/api/admin/chat/sessions/$taken/accept", as => $agent, json => {})->{status}, 200, 'an agent accepts';
my $left = chat('Bora', 20);
$door->sql("UPDATE chat_session SET offline = 1 WHERE session_id = '$left'");
is_deeply tick($door), {}, 'no letter for a chat that has an agent, nor for a message left';

my $listed = chat('Nari', 20);
is_deeply [sort keys %{tick($list)}], ['lead@example.org', 'night@example.org'], 'to a list';
is $door->sql("SELECT 1 FROM unanswered_mail") + 0, 3, 'each chat that was told is marked, no other';
my $bad = Door->new(%mail, unanswered_mail_to => 'lead@example.org nobody');
like `$ctl -c $bad->{conf} tick 2>&1`, qr/unanswered_mail_to.*must be addresses/, 'a list that has something else is refused';
$sink->stop;
done_testing();
