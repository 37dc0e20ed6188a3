# A chat whose row another program holds keeps no other chat waiting: another batch begins beside the one that waits.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use IPC::Open2;
use Test::More;
use Pushd;
use Stomp;

my $pushd = Pushd->start(linger => '1h', limits => 'off');
my $agent = $pushd->member(2);

# What shares a lane (pushd/writer.c) waits for its turn: FNV-1a of the id, of 64.
sub lane {
    my $h = 2166136261;
    $h = (($h ^ ord) * 16777619) & 0xffffffff for split //, shift;
    return $h % 64;
}
my ($held, @free);
while (@free < 3) {
    my $customer = $pushd->member(1);
    my $chat = {%{$pushd->chat($customer, $agent)}, customer => $customer};
    if (!$held) { $held = $chat }
    elsif (lane($chat->{id}) != lane($held->{id})) { push @free, $chat }
}

my $pid = open2(my $out, my $in, 'mariadb', '--no-defaults', '-uroot', '-S', $ENV{SANGDAM_DB_SOCKET}, '-BN', '--unbuffered', 'sangdam');
print {$in} "BEGIN; SELECT 'held' FROM chat_session WHERE session_no = $held->{no} FOR UPDATE;\n";
$in->flush;
is(scalar <$out>, "held\n", 'another program holds a chat');

my ($waits, @others) = map { Stomp->connect_as($pushd->socket, $_->{customer}{cookie}) } $held, @free;
$waits->subscribe('errors', '/user/queue/errors');
$waits->send_json('/app/chat.sendMessage', {sessionId => $held->{id}, content => 'held'}, receipt => 'held');
ok($pushd->wait_for(sub { $pushd->sql("SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'") }), 'a message to it waits');
my $stored = 0;
for my $turn (1 .. 3) {
    for my $i (0 .. $#free) {
        $others[$i]->send_json('/app/chat.sendMessage', {sessionId => $free[$i]{id}, content => "free $turn"}, receipt => "free $turn");
        my $f = $others[$i]->frame;
        $stored++ if $f && $f->{command} eq 'RECEIPT' && $f->{headers}{'receipt-id'} eq "free $turn";
    }
}
is($stored, 9, 'three messages to each of three other chats are stored');
is($waits->frame(0.1), undef, 'and the one waits still: it would give up after three times a second');
print {$in} "ROLLBACK;\n";
close $in;
waitpid $pid, 0;
my $f = $waits->until(sub { ($_[0]{headers}{'receipt-id'} // '') eq 'held' || ($_[0]{json}{code} // '') eq '99' });
ok($f, 'then its sender is told what became of it');
done_testing();
