# Every bound, a row each: set small while pushd runs, it gives the answer that the table says and counts it; set wider, the same is let through. Many times over it costs
# no memory and no descriptor, and two people who talk beside it notice nothing.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Socket qw(SOL_SOCKET SO_RCVBUF);
use Test::More;
use Time::HiRes qw(time);
use Beside;
use Pushd;
use Stomp;

$SIG{PIPE} = 'IGNORE';
# Wide where a row does not say otherwise, so that the rows do not meet.
my $pushd = Pushd->start(linger => '1h', rest_idle => '1h', debug_open_prefix => '/topic/open/', send_rate => '100000/10s', connections_per_account => 1000, connect_timeout => '60s', frame_timeout => '60s', close_timeout => '10s',
    push_workers => 1, push_writers => 1); # or their database connections would come one by one
my $beside = Beside->new($pushd);
my ($path, $customer, $agent) = ($pushd->socket, $pushd->member(1), $pushd->member(2));
my $chat = $pushd->chat($customer, $agent);
my $reloads = 0;

sub configure {
    $pushd->write_config(@_);
    kill 'HUP', $pushd->{pid};
    $reloads++;
    $pushd->wait_for(sub { $reloads == (() = $pushd->log =~ /configuration_(?:reloaded|kept)/g) }) or die 'no reload';
    die $pushd->log if $pushd->log =~ /configuration_kept/;
}

# ---- what a peer hears, in one line ----

sub heard {
    my ($c, $patience) = @_;
    my @said;
    while (my $f = $c->frame($patience)) {
        next if $f->{command} eq 'RECEIPT' || $f->{command} eq 'CONNECTED';
        push @said, $f->{command} eq 'CLOSE' ? "close $f->{code}" : $f->{command} eq 'ERROR' ? "ERROR $f->{headers}{message}" : $f->{json}{code} ? "code $f->{json}{code}" : $f->{command};
        $c->ws(8, pack 'n', $f->{code}) if $f->{command} eq 'CLOSE' && !$c->{never_closes};
        last if $f->{command} eq 'END';
    }
    return join ', ', @said, $c->{eof} ? () : 'open';
}

# The same, within seconds in which those beside it talk on, or they were dead themselves.
sub heard_beside {
    my ($c, $said) = @_;
    for (1 .. 8) {
        $said = heard($c, 0.2);
        return $said if $said ne 'open';
        $beside->talks or return 'the others are gone';
    }
    return $said;
}

# What is left of it when a pong came behind everything else.
sub is_open {
    my $c = shift;
    $c->ws(9, 'there');
    my $end = time + $Stomp::PATIENCE;
    until (@{$c->{pongs} || []}) {
        return 'silent' if time > $end;
        my $f = $c->frame(0.02) or next;
        return "ERROR $f->{headers}{message}" if $f->{command} eq 'ERROR';
        return "close $f->{code}" if $f->{command} eq 'CLOSE';
        return 'END' if $f->{command} eq 'END';
        return "code $f->{json}{code}" if $f->{json} && $f->{json}{code};
    }
    return 'open';
}

sub live { my ($who) = @_; return Stomp->connect_as($path, ($who // $customer)->{cookie}) }
sub upgraded { my %h = @_; my $c = Stomp->new($path); my ($status) = $c->upgrade(%h); return ($c, $status) }
sub ask_to_join { my ($c, $id) = @_; $c->stomp('SUBSCRIBE', {id => $id, destination => "/topic/chat/$chat->{id}", receipt => "s$id"}); return $c }
# Statuses of so many handshakes, all kept open meanwhile.
sub statuses { my ($count, $field) = @_; my @open = map { [upgraded($field ? $field->($_) : ())] } 1 .. $count; return join ' ', map { $_->[1] } @open }
# Somebody who reads nothing while a hundred messages of 8 KiB come for them; then what they hear when they look.
sub stalled {
    my $c = live();
    setsockopt $c->{socket}, SOL_SOCKET, SO_RCVBUF, 4096;
    $c->subscribe('x', '/topic/open/x');
    my $before = $pushd->metric('slow_closed_total');
    my $talker = live();
    $talker->stomp('SEND', {destination => '/topic/open/x', receipt => $_}, 'x' x 8192) for 1 .. 100;
    $talker->receipt(100) or die 'no receipt';
    $pushd->wait_for(sub { $pushd->metric('slow_closed_total') > $before }, $_[0]) or return 'open';
    return heard($c) =~ s/(?:MESSAGE, )*//r;
}

# Each row: name; small, wide: keys; attack: what a peer does, returns what it hears; want, fits: with small and with wide; metric: goes up by at least one an attack.
my @rows = (
    {name => 'connections_max', small => {connections_max => 5}, wide => {connections_max => 6}, attack => sub { statuses(4) }, want => '101 101 101 503', fits => '101 101 101 101',
        metric => 'limit_connections_total'},
    {name => 'connections_per_account', small => {connections_per_account => 2}, wide => {connections_per_account => 3},
        attack => sub { my @open = (live(), live()); my ($c) = upgraded(Cookie => "sid=$customer->{cookie}"); $c->stomp('CONNECT', {'accept-version' => '1.2'}); my $is = is_open($c); $is eq 'open' ? $is : heard($c) =~ s/^/$is, /r },
        want => 'ERROR too many connections of this account, close 1008, END', fits => 'open', metric => 'limit_account_total'},
    {name => 'connections_per_account with limits = off', small => {connections_per_account => 2}, wide => {connections_per_account => 2, limits => 'off'},
        attack => sub { my @open = (live(), live()); my ($c) = upgraded(Cookie => "sid=$customer->{cookie}"); $c->stomp('CONNECT', {'accept-version' => '1.2'}); is_open($c) },
        want => 'ERROR too many connections of this account', fits => 'open', metric => 'limit_account_total'},
    {name => 'connections_per_address', small => {connections_per_address => 2}, wide => {connections_per_address => 3}, attack => sub { statuses(3, sub { ('X-Forwarded-For' => '192.0.2.7') }) },
        want => '101 101 429', fits => '101 101 101', metric => 'limit_address_total'},
    {name => 'connections_per_address, each from another', small => {connections_per_address => 2, trusted_proxies => '127.0.0.1'}, wide => {connections_per_address => 2},
        attack => sub { statuses(3, sub { ('X-Forwarded-For' => "192.0.2.$_[0]", 'X-Real-IP' => "192.0.2.$_[0]") }) },
        want => '101 101 429', fits => '101 101 101', metric => 'limit_address_total'}, # whose word counts only from a proxy that is trusted
    {name => 'handshake_timeout', small => {handshake_timeout => '300ms'}, wide => {handshake_timeout => '30s'}, times => 4,
        attack => sub {
            my $c = Stomp->new($path);
            my $end = time + 2;
            for (split //, "GET /ws HTTP/1.1\r\nHost: " . 'x' x 400) { # a byte now and then, without an end
                $c->put($_) or last;
                last if time > $end || $c->frame(0.05);
            }
            return $c->{eof} ? 'END' : 'open';
        }, want => 'END', fits => 'open', metric => 'handshake_timeouts_total'},
    {name => 'http_max', small => {http_max => 3}, wide => {http_max => 30},
        attack => sub { # the last of those who do not say what they want keep their place: three, or all; and a good one comes in beside them
            my @idle = map { Stomp->new($path) } 1 .. 4;
            my ($c, $status) = upgraded();
            $pushd->metric('connections');
            return "$status, " . ($idle[0]->frame(0.3) ? 'the oldest gave way' : 'all stay');
        }, want => '101, the oldest gave way', fits => '101, all stay', metric => 'limit_http_total'},
    {name => 'connect_timeout', small => {connect_timeout => '200ms'}, wide => {connect_timeout => '60s'}, attack => sub { heard((upgraded())[0], 0.8) },
        want => 'ERROR no CONNECT came in time, close 1008, END', fits => 'open', metric => 'connect_timeouts_total', times => 4},
    {name => 'frame_timeout of a STOMP frame', small => {frame_timeout => '200ms'}, wide => {frame_timeout => '60s'}, attack => sub { my $c = live(); $c->ws(1, "SEND\ndest"); heard($c, 0.8) },
        want => 'ERROR the frame was not finished in time, close 1008, END', fits => 'open', metric => 'frame_timeouts_total', times => 4},
    {name => 'frame_timeout of a WebSocket frame', small => {frame_timeout => '200ms', close_timeout => '100ms'}, wide => {frame_timeout => '60s'}, attack => sub { my $c = live(); $c->put("\x81\x85\x01\x02"); heard($c, 0.8) }, # what it says of closing is in that frame: it is cut
        want => 'ERROR the frame was not finished in time, close 1008, END', fits => 'open', metric => 'frame_timeouts_total', times => 4},
    {name => 'frame_max', small => {frame_max => '2k'}, wide => {frame_max => '4k'},
        attack => sub { my $c = live(); $c->stomp('SEND', {destination => '/topic/open/x'}, 'x' x 3000); my $is = is_open($c); $is eq 'open' ? $is : "$is, " . heard($c) },
        want => 'ERROR frame is too big, close 1002, END', fits => 'open', metric => 'limit_frame_total'},
    {name => 'message_max', small => {message_max => '2k'}, wide => {message_max => '4k'}, attack => sub { my $c = live(); $c->ws(1, "\n" x 3000); is_open($c) },
        want => 'close 1009', fits => 'open', metric => 'limit_message_total'},
    {name => 'headers_max', small => {headers_max => 4}, wide => {headers_max => 5}, attack => sub { my $c = live(); $c->stomp('SEND', {destination => '/topic/open/x', map { ("h$_", 1) } 1 .. 4}); is_open($c) },
        want => 'ERROR too many headers', fits => 'open', metric => 'limit_headers_total'},
    {name => 'header_max', small => {header_max => 100}, wide => {header_max => 200}, attack => sub { my $c = live(); $c->stomp('SEND', {destination => '/topic/open/x', x => 'y' x 120}); is_open($c) },
        want => 'ERROR header line is too long', fits => 'open', metric => 'limit_headers_total'},
    {name => 'fragments_max', small => {fragments_max => 4}, wide => {fragments_max => 6}, attack => sub { my $c = live(); $c->ws($_ ? 0 : 1, "\n", more => $_ < 4) for 0 .. 4; is_open($c) },
        want => 'close 1008', fits => 'open', metric => 'limit_fragments_total'},
    {name => 'subscriptions_max', small => {subscriptions_max => 2}, wide => {subscriptions_max => 3}, attack => sub { my $c = live(); ask_to_join($c, $_) for 1 .. 3; $c->receipt('s2'); is_open($c) },
        want => 'ERROR too many subscriptions', fits => 'open', metric => 'limit_subscriptions_total'},
    {name => 'transactions_max', small => {transactions_max => 2}, wide => {transactions_max => 3}, attack => sub { my $c = live(); $c->stomp('BEGIN', {transaction => $_}) for 1 .. 3; is_open($c) },
        want => 'ERROR too many transactions', fits => 'open', metric => 'limit_transactions_total'},
    {name => 'a transaction above out_queue_max', small => {out_queue_max => '16k'}, wide => {out_queue_max => '64k'},
        attack => sub { my $c = live(); $c->stomp('BEGIN', {transaction => 't'}); $c->stomp('SEND', {transaction => 't', destination => '/topic/open/x'}, 'x' x 8000) for 1 .. 3; is_open($c) },
        want => 'ERROR the transaction is too big', fits => 'open', metric => 'limit_transactions_total'},
    {name => 'send_rate: ten at once of thirty in 10 s', small => {send_rate => '30/10s'}, wide => {send_rate => '36/10s'}, times => 3,
        attack => sub {
            my $who = $pushd->member(1);
            my $talk = $pushd->chat($who, $agent);
            my $c = live($who);
            $c->subscribe('errors', '/user/queue/errors');
            $c->send_json('/app/chat.sendMessage', {sessionId => $talk->{id}, content => "m$_"}, receipt => $_) for 1 .. 11;
            my $f = $c->until(sub { ($_[0]{headers}{'receipt-id'} // '') eq '11' });
            my $stored = $pushd->sql("SELECT COUNT(*) FROM chat_message WHERE session_no = $talk->{no}");
            return "$stored stored, then " . ($f->{json}{code} ? "code $f->{json}{code}" : $f->{command}) . ', ' . is_open($c);
        }, want => '10 stored, then code 06, open', fits => '11 stored, then RECEIPT, open', metric => 'limit_rate_total'},
    {name => 'out_queue_max', small => {out_queue_max => '64k', out_queue_age => '60s'}, wide => {out_queue_max => '4m', out_queue_age => '60s'}, attack => sub { stalled(0.5) }, want => 'close 4008, END', fits => 'open',
        metric => 'slow_closed_total', times => 4},
    {name => 'out_queue_age', small => {out_queue_max => '4m', out_queue_age => '300ms'}, wide => {out_queue_max => '4m', out_queue_age => '60s'}, attack => sub { stalled(1) }, want => 'close 4008, END', fits => 'open',
        metric => 'slow_closed_total', times => 4},
    {name => 'ping_interval', small => {ping_interval => '100ms'}, wide => {ping_interval => '25s'}, attack => sub { my $c = live(); $c->frame(0.4); $c->{pings} ? 'pinged' : 'silence' }, want => 'pinged', fits => 'silence',
        metric => 'pings_sent_total', times => 2},
    {name => 'dead_after', small => {dead_after => '1s', ping_interval => '200ms'}, wide => {dead_after => '75s', ping_interval => '200ms'}, attack => sub { my $c = live(); $c->{deaf} = 1; heard_beside($c) },
        want => 'ERROR nothing was heard from you, close 1008, END', fits => 'open', metric => 'dead_closed_total', times => 2},
    {name => 'who answers pings is not dead', small => {dead_after => '1s', ping_interval => '200ms'}, attack => sub { heard_beside(live()) }, want => 'open', metric => 'pings_sent_total', times => 2},
    {name => 'close_timeout', small => {close_timeout => '200ms'}, wide => {close_timeout => '60s'}, attack => sub { my $c = live(); $c->{never_closes} = 1; $c->ws(3, 'x'); heard($c, 1) },
        want => 'close 1002, END', fits => 'close 1002, open', metric => 'closes_unanswered_total', times => 4},
);

sub at_rest { return $pushd->wait_for(sub { $pushd->metric('connections') == 2 }) }

ok($beside->talks && at_rest(), 'two talk, and nobody else is there');
my $rest = Beside::descriptors($pushd); # the least that was seen when nobody else was there

for my $row (@rows) {
    my $times = $row->{times} // 10;
    configure(%{$row->{small}});
    my $before = $pushd->metric($row->{metric});
    is($row->{attack}->(), $row->{want}, "$row->{name}: what comes back");
    at_rest();
    my ($resident, $descriptors) = (Beside::resident($pushd), Beside::descriptors($pushd));
    $rest = $descriptors if $descriptors < $rest;
    my ($good, $quiet) = (0, 0);
    for (2 .. $times) {
        at_rest(); # what the one before opened must be gone, or it would count
        $good += $row->{attack}->() eq $row->{want};
        $quiet += $beside->talks;
    }
    is($good, $times - 1, 'each time');
    is($quiet, $times - 1, 'those beside it talk on');
    cmp_ok($pushd->metric($row->{metric}) - $before, '>=', $times, "$row->{metric} counts them");
    ok(at_rest(), 'nobody is left');
    ok($pushd->wait_for(sub { Beside::descriptors($pushd) <= $descriptors }), 'nor a descriptor');
    SKIP: {
        skip 'a sanitizer keeps memory', 1 if Beside::is_sanitized($pushd);
        cmp_ok(Beside::resident($pushd) - $resident, '<', 2 << 20, 'memory is flat');
    }
    next unless $row->{wide};
    configure(%{$row->{wide}});
    is($row->{attack}->(), $row->{fits}, "$row->{name}: set wider");
    configure();
    at_rest();
}

# ---- descriptors kept in reserve ----
SKIP: {
    configure(descriptors_reserve => 20);
    ok($pushd->wait_for(sub { Beside::descriptors($pushd) <= $rest }), 'nothing is left of what came before');
    my $used = Beside::descriptors($pushd);
    my $limit = $used + 60;
    system('prlimit', "--nofile=$limit:", '--pid', $pushd->{pid}) == 0 or skip 'no prlimit', 11;
    my $pauses = $pushd->metric('accept_pauses_total');
    my @in;
    my @waiting = map { Stomp->new($path) } 1 .. 80;
    $_->put("GET /ws HTTP/1.1\r\n" . join("\r\n", 'Host: localhost', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==') . "\r\n\r\n") for @waiting;
    ok($pushd->wait_for(sub { $pushd->log =~ /accept_paused why=descriptors/ }), 'accept pauses')
        or note sprintf "used before: %d, limit %d, now %d:\n%s", $used, $limit, Beside::descriptors($pushd), join "\n", map { readlink // '' } glob "/proc/$pushd->{pid}/fd/*";
    ok($pushd->wait_for(sub { @in = grep { $_->{in} =~ / 101 / || $_->fill(time + 0.01) } @waiting; @in >= 30 }), 'after those who fit came in');
    ok($pushd->wait_for(sub { Beside::descriptors($pushd) <= $limit - 15 }), 'descriptors are left in reserve'); # an upgrade has two for a moment
    my $cpu = $pushd->cpu;
    ok($beside->talks, 'those who are in talk on') for 1 .. 5;
    $beside->{agent}->frame(1); # a second in which nothing comes
    cmp_ok($pushd->cpu - $cpu, '<', 0.3, 'without spinning');
    system('prlimit', "--nofile=4096:", '--pid', $pushd->{pid});
    ok($pushd->wait_for(sub { @in = grep { $_->{in} =~ / 101 / || $_->fill(time + 0.01) } @waiting; @in == @waiting }), 'those who waited come in');
    cmp_ok($pushd->metric('accept_pauses_total'), '>', $pauses, 'it is counted');
    $_->leave for @waiting;
    ok(at_rest(), 'and leave');
}
cmp_ok($beside->slowest, '<', 5, sprintf 'the slowest of %d messages beside it took %.0f ms', $beside->{said}, 1000 * $beside->slowest);
is($pushd->stop, 0, 'TERM ends it');
unlike($pushd->log, qr/ERROR: AddressSanitizer|runtime error|LeakSanitizer|ThreadSanitizer/, 'no sanitizer has anything to say');
done_testing;
