# The database is not the one that it was: rows are gone that people have seen, and others take their numbers. Everybody begins anew, once, and nobody does without need.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Pushd;
use Stomp;

my $pushd = Pushd->start(linger => '1h', rest_idle => '1h', sweep_interval => '200ms', limits => 'off');
my ($customer, $agent) = ($pushd->member(1), $pushd->member(2));
my $chat = $pushd->chat($customer, $agent);
my $topic = "/topic/chat/$chat->{id}";

sub epoch { return $pushd->sql('SELECT epoch FROM installation') }
sub swept { my $from = $pushd->metric('sweeps_total'); return $pushd->wait_for(sub { $pushd->metric('sweeps_total') >= $from + 12 }) } # of three loops

# Reads until it has n rows of the log; the texts, by seq, and RESYNC where it came.
sub rows {
    my ($c, $n) = @_;
    my ($end, @seen) = time + $Stomp::PATIENCE;
    while ($n && time <= $end) {
        my $json = ($c->frame or last)->{json} or next;
        push @seen, 'RESYNC' if ($json->{kind} // '') eq 'RESYNC';
        next unless $json->{seq};
        push @seen, "$json->{seq} $json->{content}";
        $n--;
    }
    return \@seen;
}

# Five who follow one chat, so that each of the loops has one, and one who has all that is said to her.
sub everybody {
    my (%more) = @_;
    my @c = map { Stomp->connect_as($pushd->socket, $agent->{cookie}) } 1 .. 5;
    $_->subscribe('chat', $topic, %more) for @c;
    my $queue = Stomp->connect_as($pushd->socket, $customer->{cookie});
    $queue->subscribe('mine', '/user/queue/messages');
    return ($queue, @c);
}

sub closed {
    my ($c) = @_;
    my $end = time + $Stomp::PATIENCE;
    while (time <= $end and my $f = $c->frame) { return $f->{code} if $f->{command} eq 'CLOSE' }
    return 'open';
}

my $first = epoch();
$pushd->add_rows($chat, $customer, 5);
my ($queue, @room) = everybody(after => 0);
is_deeply(rows($_, 5), [map { "$_ row $_" } 1 .. 5], 'five rows') for @room;

# ---- nothing is wrong ----
$room[0]->subscribe('errors', '/user/queue/errors');
$room[0]->send_json('/app/chat.sendMessage', {sessionId => $chat->{id}, content => "said $_"}, receipt => $_) for 1 .. 300;
is_deeply(rows($room[1], 300), [map { $_ + 5 . " said $_" } 1 .. 300], 'three hundred messages while sweeps go on');
ok(swept(), 'and then');
is(epoch(), $first, 'all that was known is there');

# ---- the last rows are gone ----
my $cut = sub { return $pushd->sql("START TRANSACTION; DELETE FROM chat_message WHERE session_no = $chat->{no} AND seq > 3; UPDATE chat_session SET message_count = 3 WHERE session_no = $chat->{no}; COMMIT") };
$cut->();
is(closed($_), 1012, 'who is connected is sent away') for $queue, @room;
my $second = epoch();
isnt($second, $first, 'the data have another name');
like($pushd->log, qr/log_went_back session_no=$chat->{no} known=305 head=3/, 'the log says why');
my $say = sub { my $text = shift; $pushd->add_rows($chat, $customer, 1); return $pushd->sql("UPDATE chat_message SET content = '$text' WHERE session_no = $chat->{no} ORDER BY seq DESC LIMIT 1") };
$say->("other $_") for 4, 5;
($queue, @room) = everybody(after => 5, epoch => $first);
is_deeply(rows($_, 5), ['RESYNC', (map { "$_ row $_" } 1 .. 3), '4 other 4', '5 other 5'], 'who comes back with the old name begins anew') for @room;
$pushd->add_rows($chat, $customer, 1);
is_deeply(rows($_, 1), ['6 row 6'], 'a row behind them comes') for $queue, @room;
ok(swept(), 'and then');
is(epoch(), $second, 'once was enough');

# ---- a backup was restored, and the chat has grown again ----
$pushd->sql("UPDATE chat_message SET content = CONCAT('restored ', seq) WHERE session_no = $chat->{no} AND seq > 3");
my $third = `$ENV{builddir}/sangdamctl -c $pushd->{dir}/sangdam.conf epoch new`;
chomp $third;
is($third, epoch(), 'sangdamctl names the data anew');
is(closed($_), 1012, 'who is connected is sent away') for $queue, @room;
($queue, @room) = everybody(after => 6, epoch => $second);
is_deeply(rows($_, 6), ['RESYNC', (map { "$_ row $_" } 1 .. 3), map { "$_ restored $_" } 4 .. 6], 'and reads what there is') for @room;
$pushd->add_rows($chat, $customer, 1);
is_deeply(rows($_, 1), ['7 row 7'], 'and what comes behind it') for $queue, @room;
is(`$ENV{builddir}/sangdamctl -c $pushd->{dir}/sangdam.conf epoch`, "$third\n", 'sangdamctl tells the name');
done_testing();
