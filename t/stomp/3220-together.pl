# Hundreds of clients whose CONNECT and SUBSCRIBE wait for the database at the same time: pushd asks for them together, and each gets its own answer, once.
use strict;
use warnings;
use utf8;
use Digest::SHA ();
use FindBin;
use lib "$FindBin::Bin/lib";
use IPC::Open2;
use Test::More;
use Pushd;
use Stomp;

local $SIG{PIPE} = 'IGNORE';
binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output todo_output);

my $EACH = 24;
my @kinds = qw(cookie bearer disabled unknown signed_out expired foreign absent behind at_head ahead other_epoch stats_only live);
my $pushd = Pushd->start(limits => 'off', linger => '1h', rest_idle => '1h', db_read_timeout => '60s', connect_timeout => '120s');
my $path = $pushd->socket;
my $agent = $pushd->member(2);
my @people = map { {kind => $kinds[$_ % @kinds], n => $_, cookie => substr("storm$_-" . 'x' x 43, 0, 43), id => 100000 + $_} } 0 .. @kinds * $EACH - 1;

# ---- who they are ----
my (@sql, %chat);
for my $p (@people) {
    my $hash = Digest::SHA::sha256_hex($p->{cookie});
    $p->{is_bearer} = $p->{kind} eq 'bearer' || $p->{kind} eq 'stats_only';
    push @sql, "INSERT INTO member SET member_id = $p->{id}, nickname = '사람$p->{n}', gubun = 1, status = 1, cdate = NOW(3), udate = NOW(3)";
    my $life = $p->{kind} eq 'expired' ? 'UTC_TIMESTAMP(3) - INTERVAL 1 SECOND' : 'UTC_TIMESTAMP(3) + INTERVAL 1 DAY';
    push @sql, "INSERT INTO api_token VALUES (UNHEX('$hash'), $p->{id}, '" . ($p->{kind} eq 'stats_only' ? 'stats:read' : '') . "', UTC_TIMESTAMP(3), $life)" if $p->{is_bearer};
    push @sql, "INSERT INTO login_session VALUES (UNHEX('$hash'), $p->{id}, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), $life)" if !$p->{is_bearer} && $p->{kind} !~ /^(unknown|signed_out)$/;
    push @sql, "UPDATE member SET status = 0 WHERE member_id = $p->{id}" if $p->{kind} eq 'disabled';
    push @sql, "INSERT INTO chat_session SET session_no = $p->{id}, session_id = UUID(), member_id = $p->{id}, admin_id = $agent->{id}, category_id = 200, status_id = 2, message_count = 5,"
        . ' cdate = UTC_TIMESTAMP(3), udate = UTC_TIMESTAMP(3), queue_since = UTC_TIMESTAMP(3), member_last_seen = UTC_TIMESTAMP(3), admin_last_seen = UTC_TIMESTAMP(3)',
        'INSERT INTO chat_message (session_no, seq, session_id, sender_id, sender_type, content, cdate)'
        . " SELECT $p->{id}, seq, (SELECT session_id FROM chat_session WHERE session_no = $p->{id}), $p->{id}, 'M', CONCAT('row ', seq), UTC_TIMESTAMP(3) FROM seq_1_to_5";
}
$pushd->sql(join ';', 'START TRANSACTION', splice(@sql, 0, 200), 'COMMIT') while @sql;
%chat = map { split /\t/ } split /\n/, $pushd->sql('SELECT session_no, session_id FROM chat_session WHERE session_no >= 100000');
is(scalar keys %chat, @people, 'everybody has a chat');

# ---- what each says, and what it is to hear ----
my @rows = map { "MESSAGE $_" } 1 .. 5;
my %wanted = (
    (map { $_ => ['CONNECTED', 'RECEIPT sub', 'RECEIPT bye', 'CLOSE 1000', 'END'] } qw(cookie bearer at_head live)),
    (map { $_ => ['ERROR authentication failed', 'CLOSE 1008', 'END'] } qw(disabled unknown signed_out expired stats_only)),
    (map { $_ => ['CONNECTED', 'ERROR no such chat, or no right to it', 'CLOSE 1008', 'END'] } qw(foreign absent)),
    behind => ['CONNECTED', 'RECEIPT sub', @rows[2 .. 4], 'RECEIPT bye', 'CLOSE 1000', 'END'],
    (map { $_ => ['CONNECTED', 'RECEIPT sub', 'MESSAGE RESYNC', @rows, 'RECEIPT bye', 'CLOSE 1000', 'END'] } qw(ahead other_epoch)),
);
my %more = (behind => {after => 2}, at_head => {after => 5}, ahead => {after => 6}, other_epoch => {after => 2, epoch => 'another'});

sub topic {
    my $p = shift;
    my $id = $p->{kind} eq 'foreign' ? $chat{$people[$p->{n} - 1]{id}} : $p->{kind} eq 'absent' ? 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa' : $chat{$p->{id}};
    return "/topic/chat/$id" . ($p->{kind} eq 'live' ? '/live' : '');
}

sub upgrade {
    my $p = shift;
    $p->{client} = Stomp->new($path);
    $p->{client}->upgrade($p->{is_bearer} ? (Authorization => "Bearer $p->{cookie}") : (Cookie => "sid=$p->{cookie}"));
}

# CONNECT and SUBSCRIBE in one write: the second waits until the first is answered.
sub come {
    my $p = shift;
    $p->{client}->put(join '', map { Stomp::ws_bytes(1, $_) } Stomp::stomp_bytes('CONNECT', {'accept-version' => '1.2', host => 'x', 'heart-beat' => '0,0'}),
        Stomp::stomp_bytes('SUBSCRIBE', {id => 's', destination => topic($p), receipt => 'sub', %{$more{$p->{kind}} // {}}}));
}

# All that comes, in words; after the last wanted row, DISCONNECT shows what else was on its way.
sub heard {
    my ($p, $wanted) = @_;
    my (@words, $has_left);
    my ($enough) = grep { $wanted->[$_] eq 'RECEIPT bye' } 0 .. $#$wanted;
    while (my $f = $p->{client}->frame) {
        my $h = $f->{headers};
        push @words, join ' ', $f->{command}, grep { defined } $h->{'receipt-id'} && $f->{command} eq 'RECEIPT' ? $h->{'receipt-id'} : undef,
            $f->{command} eq 'ERROR' ? $h->{message} : undef, $f->{json} ? $f->{json}{seq} // $f->{json}{kind} : undef, $f->{code};
        last if $f->{command} eq 'END';
        $p->{client}->ws(8, pack 'n', $f->{code}) if $f->{command} eq 'CLOSE';
        $p->{client}->stomp('DISCONNECT', {receipt => 'bye'}) if defined $enough && @words == $enough && !$has_left++;
    }
    $p->{client}->leave;
    return \@words;
}

sub all_hear {
    my ($what, $wanted_of) = @_;
    my %bad;
    for my $p (@people) {
        my $wanted = $wanted_of->($p);
        my $heard = heard($p, $wanted);
        $bad{$p->{kind}} //= "$p->{n}: @$heard" if "@$heard" ne "@$wanted";
    }
    is($bad{$_}, undef, "$what: $_") for @kinds;
}

# A client of the database that holds what the look-ups read, so that all come to wait.
sub hold {
    my $pid = open2(my $out, my $in, 'mariadb', '--no-defaults', '-uroot', '-S', $ENV{SANGDAM_DB_SOCKET}, '-BN', '--unbuffered', 'sangdam');
    print {$in} "LOCK TABLES member WRITE, chat_session WRITE; SELECT 'held';\n";
    $in->flush;
    is(scalar <$out>, "held\n", 'the look-ups wait');
    return sub { print {$in} "UNLOCK TABLES;\n"; close $in; waitpid $pid, 0 };
}

sub storm {
    my ($what, $wanted_of) = @_;
    my ($frames, $jobs, $batches) = map { $pushd->metric("${_}_total") } qw(frames_received gather_jobs gather_batches);
    upgrade($_) for @people;
    my $release = hold();
    come($_) for @people;
    ok($pushd->wait_for(sub { $pushd->metric('frames_received_total') >= $frames + @people }), "$what: all wait");
    $release->();
    all_hear($what, $wanted_of);
    $jobs = $pushd->metric('gather_jobs_total') - $jobs;
    $batches = $pushd->metric('gather_batches_total') - $batches;
    cmp_ok($jobs, '>', @people, "$what: $jobs questions");
    cmp_ok($batches, '<', @people / 2, "$what: in $batches batches");
}

storm('first', sub { $wanted{$_[0]{kind}} });

# ---- the same again, at once; but some were disabled in between ----
my @disabled = grep { $_->{n} % 5 == 0 } @people;
my %is_disabled = map { $_->{id} => 1 } @disabled;
$pushd->sql('START TRANSACTION; UPDATE member SET status = 0 WHERE member_id IN (' . join(',', keys %is_disabled) . ');'
    . 'INSERT INTO right_change (member_id, cdate) SELECT member_id, UTC_TIMESTAMP(3) FROM member WHERE member_id >= 100000 AND status = 0; COMMIT');
storm('again', sub { $is_disabled{$_[0]{id}} ? $wanted{disabled} : $wanted{$_[0]{kind}} });

is($pushd->sql('SELECT COUNT(*) FROM chat_session WHERE member_pushed AND session_no >= 100000'),
    scalar(grep { $wanted{$_->{kind}}[1] eq 'RECEIPT sub' && $_->{kind} ne 'live' } @people), 'who listened is known to have been there, and nobody else');
is($pushd->metric('subscriptions'), 0, 'nobody is left');

# ---- the database is away: each is told so, none is refused ----
my $other = Pushd->start(limits => 'off', linger => '1h', rest_idle => '1h', db_read_timeout => '1s', db_connect_timeout => '1s', connect_timeout => '120s');
$path = $other->socket;
upgrade($_) for @people;
$pushd->freeze_database;
come($_) for @people;
all_hear('away', sub { ['ERROR the service is away, try again', 'CLOSE 1013', 'END'] });
kill 'CONT', $ENV{SANGDAM_DB_PID};
ok($other->wait_for(sub { ($other->get('/readyz'))[0] == 200 }), 'the database is back');
upgrade($_) for @people;
come($_) for @people;
all_hear('back', sub { $is_disabled{$_[0]{id}} ? $wanted{disabled} : $wanted{$_[0]{kind}} });

is($_->stop >> 8, 0, 'a clean stop') for $other, $pushd;
done_testing;
