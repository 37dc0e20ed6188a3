# Stop, start and reload: TERM tells everybody, loses nothing that was stored and ends within a bound; HUP changes a limit; what systemd hears; a second pushd.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use File::Temp ();
use IO::Select;
use IO::Socket::UNIX;
use List::Util qw(max min);
use POSIX ();
use Test::More;
use Time::HiRes qw(time);
use Pushd;
use Stomp;

$SIG{PIPE} = 'IGNORE';
my $dir = File::Temp::tempdir(CLEANUP => 1);
my $ear = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => "$dir/notify") or die $!;
my @heard;

# What the service manager has heard, until want() likes one.
sub hears {
    my $want = shift;
    my $end = time + $Stomp::PATIENCE;
    while (time < $end) {
        return 1 if grep { $want->($_) } @heard;
        next unless IO::Select->new($ear)->can_read($end - time);
        $ear->recv(my $text, 4096);
        push @heard, $text;
    }
    return 0;
}

# The kernel keeps only ten for a listener who does not read.
sub forget {
    1 while IO::Select->new($ear)->can_read(0) && defined $ear->recv(my $text, 4096);
    @heard = ();
}

# Runs another pushd with that configuration to its end: (exit status, what it said).
sub other {
    my ($pushd, @args) = @_;
    my $pid = open(my $f, '-|') // die $!;
    if (!$pid) {
        open STDERR, '>&', \*STDOUT;
        exec $pushd->{program}, @args or POSIX::_exit(127);
    }
    local $/;
    my $said = <$f>;
    close $f;
    return ($? >> 8, $said);
}

# Reads all clients until each has ended: for each the WebSocket close codes and the time of the end.
sub read_to_end {
    my ($seconds, @clients) = @_;
    my $end = time + $seconds;
    my %open = map { fileno($_->{socket}) => $_ } @clients;
    while (%open && (my $left = $end - time) > 0) {
        for my $socket (IO::Select->new(map { $_->{socket} } values %open)->can_read($left)) {
            my $c = $open{fileno $socket};
            my $n = sysread $socket, my $bytes, 65536;
            $c->{in} .= $bytes if $n;
            while (my $ws = $c->take_ws) {
                push @{$c->{got}}, $ws;
                next unless $ws->[0] == 8;
                $c->{code} = unpack 'n', $ws->[1];
                $c->{code_at} //= time;
                $c->ws(8, $ws->[1]) unless $c->{never_closes};
            }
            if (!$n) { $c->{ended_at} = time; delete $open{fileno $socket} }
        }
    }
    return !%open;
}

# ---- what systemd hears; reload ----
{
    local @ENV{qw(NOTIFY_SOCKET WATCHDOG_USEC)} = ("$dir/notify", 500_000);
    my $pushd = Pushd->start(subscriptions_max => 2);
    my ($customer, $agent) = ($pushd->member(1), $pushd->member(2));
    my $chat = $pushd->chat($customer, $agent);
    ok(hears(sub { $_[0] eq 'READY=1' }), 'READY=1');
    ok(hears(sub { 3 <= grep { $_ eq 'WATCHDOG=1' } @heard }), 'WATCHDOG=1, again and again');

    my $x = Stomp->connect_as($pushd->socket, $customer->{cookie});
    $x->subscribe($_, "/topic/chat/$chat->{id}") for 1 .. 2;
    forget();
    $pushd->write_config(subscriptions_max => 3);
    kill 'HUP', $pushd->{pid};
    ok(hears(sub { $_[0] =~ /^RELOADING=1\nMONOTONIC_USEC=\d+$/ }), 'HUP: RELOADING=1 with its time');
    ok(hears(sub { $_[0] eq 'READY=1' }), 'then READY=1');
    ok($x->subscribe(3, "/topic/chat/$chat->{id}"), 'a larger limit holds for those who are in');
    $x->stomp('SUBSCRIBE', {id => 4, destination => "/topic/chat/$chat->{id}"});
    is($x->until(sub { $_[0]{command} eq 'ERROR' })->{headers}{message}, 'too many subscriptions', 'up to the new one');

    forget();
    $pushd->write_config(subscriptions_max => 'many');
    kill 'HUP', $pushd->{pid};
    ok(hears(sub { $_[0] eq 'READY=1' }), 'a wrong configuration is not taken');
    like($pushd->log, qr/configuration_kept reason=/, 'and the log says why');
    $x = Stomp->connect_as($pushd->socket, $customer->{cookie});
    ok($x->subscribe($_, "/topic/chat/$chat->{id}"), "subscription $_ still fits") for 1 .. 3;

    # ---- a second one ----
    my ($status, $said) = other($pushd, '-c', "$pushd->{dir}/sangdam.conf");
    is($status, 78, 'EX_CONFIG for a wrong configuration');
    $pushd->write_config(subscriptions_max => 3);
    ($status, $said) = other($pushd, '-c', "$pushd->{dir}/sangdam.conf");
    is($status, 69, 'a second pushd on the same socket: EX_UNAVAILABLE');
    like($said, qr/another_pushd_runs path=\S*pushd\.sock\.lock/, 'it says so');
    $pushd->write_config(pushd_socket => "$dir/other.sock");
    ($status, $said) = other($pushd, '-c', "$pushd->{dir}/sangdam.conf");
    is($status, 69, 'another on the same notify socket: EX_UNAVAILABLE');
    like($said, qr/socket_in_use path=\S*notify\.sock/, 'it says so');
    is((other($pushd, '--what'))[0], 64, 'EX_USAGE for a wrong option');
    $pushd->write_config;
    my $y = Stomp->connect_as($pushd->socket, $agent->{cookie});
    ok($y->subscribe('room', "/topic/chat/$chat->{id}"), 'the first goes on as if nothing had been');
    $x->send_json('/app/chat.sendMessage', {sessionId => $chat->{id}, content => 'still here'}, receipt => 'r');
    ok($x->receipt('r') && $y->until(sub { ($_[0]{json}{content} // '') eq 'still here' }), 'and the chat, too');

    forget();
    my $began = time;
    kill 'TERM', $pushd->{pid};
    ok(hears(sub { $_[0] eq 'STOPPING=1' }), 'TERM: STOPPING=1');
    ok(read_to_end(10, $x, $y), 'both are told');
    is("$x->{code} $y->{code}", '1001 1001', 'close 1001');
    is($pushd->stop(0), 0, 'exit 0');
    cmp_ok(time - $began, '<', 8, 'at once, when all close');
    ok(!-e $pushd->socket, 'its socket is gone');
}

# ---- TERM with many, with SENDs in flight, with queues that are full of rows ----
{
    my $many = 400;
    my $pushd = Pushd->start(stop_spread => '2s', connections_per_account => 1000, out_queue_max => '4m', send_rate => '3000/10s');
    my ($customer, $agent) = ($pushd->member(1), $pushd->member(2));
    my ($chat, $long) = ($pushd->chat($customer, $agent), $pushd->chat($pushd->member(1), $agent));
    $pushd->add_rows($long, $agent, 3000);
    my @idle = map { Stomp->connect_as($pushd->socket, $customer->{cookie}) } 1 .. $many;
    my $reader = Stomp->connect_as($pushd->socket, $agent->{cookie});
    $reader->stomp('SUBSCRIBE', {id => 'long', destination => "/topic/chat/$long->{id}", after => 0});
    my $sender = Stomp->connect_as($pushd->socket, $customer->{cookie});
    open my $lock, '|-', 'mariadb --no-defaults -uroot -S "$SANGDAM_DB_SOCKET" -N --unbuffered sangdam >/dev/null' or die $!;
    $lock->autoflush;
    print $lock "START TRANSACTION; SELECT session_no FROM chat_session WHERE session_no = $chat->{no} FOR UPDATE;\n\\! touch $dir/locked\n";
    ok($pushd->wait_for(sub { -e "$dir/locked" }), 'another program holds the chat');
    $sender->send_json('/app/chat.sendMessage', {sessionId => $chat->{id}, content => "in flight $_"}, receipt => "f$_") for 1 .. 5;
    ok($pushd->wait_for(sub { $pushd->metric('frames_received_total') >= $many + 2 + 1 + 5 }), 'five SENDs are with the writer');
    my $began = time;
    kill 'TERM', $pushd->{pid};
    ok($pushd->wait_for(sub { !-e $pushd->socket }), 'nobody is let in any more');
    close $lock; # ends the client, and with it the lock
    ok(read_to_end(15, @idle, $reader, $sender), 'all have ended');
    is(scalar(grep { ($_->{code} // 0) == 1001 } @idle), $many, "all $many were told 1001");
    my @at = map { $_->{code_at} } @idle;
    cmp_ok(max(@at) - min(@at), '>', 0.3, 'one after the other');
    cmp_ok(max(@at) - min(@at), '<', 6, 'within stop_spread and what a busy machine adds');
    my $said = join "\n", map { $_->[1] } @{$sender->{got}};
    is(scalar(() = $said =~ /^RECEIPT\nreceipt-id:f\d$/mg), 5, 'the SENDs in flight have their RECEIPT');
    is($sender->{code}, 1001, 'then 1001');
    is($pushd->sql("SELECT COUNT(*) FROM chat_message WHERE session_no = $chat->{no} AND content LIKE 'in flight %'"), 5, 'and are stored');
    is($reader->{got}[-1][0], 8, 'the close is the last that a reader of a long replay gets');
    is($reader->{code}, 1001, '1001, too');
    my @seqs = map { $_->[1] =~ /"seq":(\d+)/ ? $1 : () } @{$reader->{got}};
    is_deeply(\@seqs, [1 .. @seqs], 'behind ' . @seqs . ' rows without a hole');
    is($pushd->stop(0), 0, 'exit 0');
    cmp_ok(time - $began, '<', 12, 'in time');
}

# ---- TERM with peers who do not close, do not read, are in the middle of a handshake; with a database that does not answer ----
{
    my $pushd = Pushd->start(stop_spread => '100ms', close_timeout => '500ms', db_read_timeout => '1s', db_connect_timeout => '1s', send_rate => '3000/10s');
    my ($customer, $agent) = ($pushd->member(1), $pushd->member(2));
    my $chat = $pushd->chat($customer, $agent);
    my $stubborn = Stomp->connect_as($pushd->socket, $customer->{cookie});
    $stubborn->{never_closes} = 1;
    my $deaf = Stomp->connect_as($pushd->socket, $customer->{cookie}); # never read again
    my $half = Stomp->new($pushd->socket);
    $half->put("GET /ws HTTP/1.1\r\nHost:");
    my $sender = Stomp->connect_as($pushd->socket, $customer->{cookie});
    $sender->{never_closes} = 1;
    my $frames = $pushd->metric('frames_received_total');
    kill 'STOP', $ENV{SANGDAM_DB_PID};
    $sender->send_json('/app/chat.sendMessage', {sessionId => $chat->{id}, content => "lost $_"}, receipt => "f$_") for 1 .. 5;
    ok($pushd->wait_for(sub { $pushd->metric('frames_received_total') == $frames + 5 }), 'SENDs wait for a database that does not answer');
    my $began = time;
    kill 'TERM', $pushd->{pid};
    ok(read_to_end(15, $stubborn, $sender, $half), 'all have ended');
    is("$stubborn->{code} $sender->{code}", '1001 1001', 'who does not close is told, and cut');
    unlike(join("\n", map { $_->[1] } @{$sender->{got}}), qr/^RECEIPT/m, 'no RECEIPT for what is not stored');
    is($pushd->stop(0), 0, 'exit 0');
    cmp_ok(time - $began, '<', 12, 'within the bound');
    kill 'CONT', $ENV{SANGDAM_DB_PID};
    unlike($pushd->log, qr/ERROR: AddressSanitizer|runtime error|LeakSanitizer|ThreadSanitizer/, 'no sanitizer has anything to say');
}
done_testing;
