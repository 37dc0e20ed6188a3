# pushd sends what waits in the outbox by itself, two of them each letter once, and stops at once while a mail server hangs.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../cgi";
use Test::More;
use Time::HiRes qw(time);
use Pushd;
use Sink;
use Stomp;

my $sink = Sink->start;
my %mail = (smtp_url => $sink->url, smtp_tls => 'off', mail_from => 'chat@example.org', mail_interval => '100ms');
my $pushd = Pushd->start(%mail);
my $second = Pushd->start(%mail);
my $queue = sub { $pushd->sql("INSERT INTO mail_outbox (recipient, subject, body, next_try, cdate) VALUES ('$_[0]', 'a', 'b', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))") };
$queue->("p$_\@example.com") for 1 .. 10;
ok($pushd->wait_for(sub { $pushd->sql('SELECT COUNT(*) FROM mail_outbox WHERE status = 1') == 10 }), 'ten letters are sent');
is(join(' ', sort map { $_->{to} } $sink->letters), join(' ', sort map { "p$_\@example.com" } 1 .. 10), 'each once');
$second->stop;
$queue->('hang@example.com');
ok($pushd->wait_for(sub { $sink->hangs }), 'a mail server that hangs');
my $began = time;
$pushd->stop;
cmp_ok(time - $began, '<', 8, 'keeps nobody from stopping');
is($pushd->sql("SELECT CONCAT(status, tries, ISNULL(claim)) FROM mail_outbox WHERE recipient LIKE 'hang%'"), '001', 'and the letter waits as if untried');
done_testing();
