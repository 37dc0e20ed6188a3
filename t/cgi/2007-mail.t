#!/usr/bin/perl
# Letters of the outbox reach a mail server on loopback: once, whole, in UTF-8; put off, given up, shared by several senders.
use strict;
use warnings;
use utf8;
use Encode qw(decode);
use FindBin;
use lib $FindBin::Bin;
use JSON::PP;
use Test::More;
use Door;
use Sink;

Door::with_database();
my $sink = Sink->start;
my %mail = (smtp_url => $sink->url, smtp_tls => 'off', mail_from => 'chat@example.org', site_name => '늘봄, 상담');
my $door = Door->new(%mail);
my $ctl = "$Door::build/sangdamctl";
my $tick = sub {
    my $d = shift || $door;
    open my $in, '-|', $ctl, '-c', $d->{conf}, 'tick', '--json' or die $!;
    my $said = do { local $/; <$in> };
    close $in;
    return $Door::json->decode($said);
};
sub queue {
    my ($to, $subject, $body) = @_;
    my ($row) = $door->sql("INSERT INTO mail_outbox (recipient, subject, body, next_try, cdate) VALUES ('$to', '$subject', '$body', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3)) RETURNING mail_id");
    return $row->[0];
}
sub row { my $id = shift; my ($row) = $door->sql("SELECT status, tries, body, error, next_try > UTC_TIMESTAMP(3) + INTERVAL 50 SECOND, claim IS NULL FROM mail_outbox WHERE mail_id = $id"); return $row }

# ---- a letter as people write it ----
my $subject = '문의하신 내용에 답변드립니다 <b>&amp;</b> 아주 긴 제목이 여기에 더 이어지고 또 이어집니다 👋🏽 끝';
my $text = "안녕하세요.\\n.\\n..점으로 시작하는 줄\\nFrom here <script>alert(1)</script>\\n" . ('가나다라마바사 ' x 200) . "\\n끝.";
my $id = queue('mina@example.com', $subject, $text);
is_deeply [@{$tick->()}{qw(mailSent mailPutOff mailGivenUp)}], [1, 0, 0], 'one letter is sent';
my @letters = $sink->letters;
is scalar @letters, 1, 'and comes';
my $l = $letters[0];
is "$l->{from} $l->{to}", 'chat@example.org mina@example.com', 'from and to';
is decode('MIME-Header', $l->{head}{subject}), $subject, 'the subject is whole';
is decode('MIME-Header', $l->{head}{from}), '늘봄, 상담 <chat@example.org>', 'so is the name';
is $l->{text}, join("\r\n", split /\\n/, $text), 'so is the text, literal';
ok !(grep { length > 78 } split /\r\n/, $l->{raw}), 'no line is longer than 78 bytes';
unlike $l->{raw}, qr/[^\r\n\t -~]/, 'all of it is ASCII on its way';
unlike $l->{raw}, qr/(?<!\r)\n/, 'with CRLF alone';
like $l->{head}{date}, qr/^\w{3}, \d+ \w{3} \d{4} \d\d:\d\d:\d\d \+0000$/;
like $l->{head}{'message-id'}, qr/^<\S+\@example\.org>$/;
is_deeply [@{row($id)}[0, 2]], [1, ''], 'done, and nothing of it is kept';
is $tick->()->{mailSent}, 0, 'once';

# ---- a header can't be added by a subject ----
queue('mina@example.com', "one\\r\\nBcc: x\@example.com", 'x');
$tick->();
($l) = ($sink->letters)[-1];
is $l->{head}{bcc}, undef, 'a line break in a subject adds no header';
is $l->{head}{subject}, 'one  Bcc: x@example.com';

# ---- refusals ----
my ($later, $never) = (queue('later@example.com', 'a', 'b'), queue('never@example.com', 'a', 'b'));
is_deeply [@{$tick->()}{qw(mailSent mailPutOff mailGivenUp)}], [0, 1, 1], '451 is put off, 550 is given up';
is_deeply [@{row($later)}[0, 1, 4, 5]], [0, 1, 1, 1], 'the one waits a minute';
like row($later)->[3], qr/451/;
is row($never)->[0], 9, 'the other ends';
like row($never)->[3], qr/550/;
$door->sql("UPDATE mail_outbox SET recipient = 'now\@example.com', next_try = UTC_TIMESTAMP(3) WHERE mail_id = $later");
is $tick->()->{mailSent}, 1, 'and is taken the second time';
my $old = queue('later@example.com', 'a', 'b');
$door->sql("UPDATE mail_outbox SET cdate = cdate - INTERVAL 3 DAY WHERE mail_id = $old");
is $tick->()->{mailGivenUp}, 1, 'after two days it is given up';

# ---- no server ----
my $nobody = Door->new(%mail, smtp_url => 'smtp://127.0.0.1:1');
$id = queue('mina@example.com', 'a', 'b');
is $tick->($nobody)->{mailPutOff}, 1, 'a server that is away: put off';
is $tick->(Door->new(%mail, smtp_tls => 'need'))->{mailPutOff}, 0, 'not yet due';
$door->sql("UPDATE mail_outbox SET next_try = UTC_TIMESTAMP(3) WHERE mail_id = $id");
is $tick->(Door->new(%mail, smtp_tls => 'need'))->{mailPutOff}, 1, 'smtp_tls need: a server without STARTTLS gets nothing';
$door->sql("UPDATE mail_outbox SET next_try = UTC_TIMESTAMP(3) WHERE mail_id = $id");
is $tick->(Door->new(smtp_url => ''))->{mailPutOff}, 0, 'no server is configured: nothing is tried';
is $tick->()->{mailSent}, 1, 'it was kept';

# ---- one sender dies: its claim runs out; several at once send each letter once ----
$id = queue('mina@example.com', 'claimed', 'b');
$door->sql("UPDATE mail_outbox SET claim = UUID(), next_try = UTC_TIMESTAMP(3) + INTERVAL 1 MINUTE WHERE mail_id = $id");
is $tick->()->{mailSent}, 0, 'claimed by another';
$door->sql("UPDATE mail_outbox SET next_try = UTC_TIMESTAMP(3) WHERE mail_id = $id");
is $tick->()->{mailSent}, 1, 'whose claim ran out';
my $before = $sink->letters;
queue("p$_\@example.com", 'many', "no $_") for 1 .. 20;
my @pids = map { my $pid = fork; if (!$pid) { open STDOUT, ">", "/dev/null"; exec $ctl, "-c", $door->{conf}, "tick" or die } $pid } 1 .. 4;
waitpid $_, 0 for @pids;
my @new = ($sink->letters)[$before .. $sink->letters - 1];
is join(' ', sort map { $_->{to} } @new), join(' ', sort map { "p$_\@example.com" } 1 .. 20), 'four senders, twenty letters, each once';

done_testing();
