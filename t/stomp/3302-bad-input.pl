# Bad input: each row of lib/BadInput.pm, whole and byte by byte, against pushd and through nginx: it gets what the table says, the counter that is named goes up, and two
# people who talk beside it notice nothing. At the end pushd holds no more memory and no more descriptors than before.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use BadInput;
use Beside;
use Nginx;
use Pushd;
use Stomp;

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output todo_output);
$SIG{PIPE} = 'IGNORE';
use constant BYTEWISE_MAX => 400;

my $pushd = Pushd->start(linger => '1h', rest_idle => '1h', frame_timeout => '700ms', send_rate => '1000000/10s', connections_per_account => 1000);
my ($customer, $agent, $stranger) = ($pushd->member(1), $pushd->member(2), $pushd->member(1));
my $injector = $pushd->member(1);
$pushd->sql("UPDATE member SET nickname = 'session:1\\ndestination:/x' WHERE member_id = $injector->{id}");
my ($chat, $foreign, $talk) = ($pushd->chat($customer, $agent), $pushd->chat($stranger, $pushd->member(2)), $pushd->chat($pushd->member(1), $agent));
$pushd->add_rows($chat, $customer, 3);
my %fill = ('{CHAT}' => $chat->{id}, '{FOREIGN}' => $foreign->{id}, '{TALK}' => $talk->{id});
my $nginx = Nginx::is_here() && Nginx->start($pushd->socket);
my $beside = Beside->new($pushd);

sub is_like { my ($got, $want) = @_; return !defined $want ? !defined $got : defined $got && (ref $want ? $got =~ $want : $got eq $want) }

# A masked frame holds its text only after unmasking; so that placeholders can stand in it, our mask is undone and done again.
sub fill_in {
    my $bytes = shift;
    my $c = {in => $bytes};
    my $out = '';
    my $key = "\x37\xfa\x21\x3d";
    while (length $bytes) {
        my ($first, $second) = unpack 'CC', $bytes;
        my $n = $second & 127;
        my $head = $n == 126 ? 4 : $n == 127 ? 10 : 2;
        $n = $n == 126 ? unpack('x2n', $bytes) : $n == 127 ? unpack('x2Q>', $bytes) : $n;
        return $out . $bytes unless $second & 128 && substr($bytes, $head, 4) eq $key && length $bytes >= $head + 4 + $n;
        my $payload = substr($bytes, $head + 4, $n) ^ substr($key x (int($n / 4) + 1), 0, $n);
        substr $bytes, 0, $head + 4 + $n, '';
        $payload =~ s/(\{[A-Z]+\})/$fill{$1} \/\/ $1/ge;
        my $frame = Stomp::ws_bytes($first & 15, $payload);
        substr $frame, 0, 1, chr $first;
        $out .= $frame;
    }
    return $out;
}

my %state = (
    ws => sub { my $c = Stomp->new(shift); ($c->upgrade)[0] == 101 or die 'no upgrade'; $c },
    cookie => sub { my $c = Stomp->new(shift); ($c->upgrade(Cookie => "sid=$customer->{cookie}"))[0] == 101 or die 'no upgrade'; $c },
    injector => sub { my $c = Stomp->new(shift); ($c->upgrade(Cookie => "sid=$injector->{cookie}"))[0] == 101 or die 'no upgrade'; $c },
    live => sub { Stomp->connect_as(shift, $customer->{cookie}) },
    v10 => sub { Stomp->connect_as(shift, $customer->{cookie}, 'accept-version' => '1.0') },
    v11 => sub { Stomp->connect_as(shift, $customer->{cookie}, 'accept-version' => '1.1') },
    agent => sub { Stomp->connect_as(shift, $agent->{cookie}) },
);

# ---- what must come: each says why not, or nothing ----

sub want_http {
    my ($c, $lines, $want, $nginx_status) = @_;
    my ($status, $head) = $c->request(@$lines);
    my %want = %$want;
    my $code = delete $want{status};
    $code = $nginx_status if $nginx_status;
    return "status $status instead of $code" unless $status == $code;
    for my $name ($nginx_status ? () : keys %want) {
        my ($got) = $head =~ /^\Q$name\E: *(.*?)\r$/mi;
        return "$name: " . ($got // 'nothing') unless is_like($got, $want{$name});
    }
    return undef;
}

sub want_frame {
    my ($c, $command, %h) = @_;
    my $f = $c->frame;
    return 'nothing came' unless $f;
    return "$f->{command} " . ($f->{headers}{message} // $f->{code} // $f->{body} // '') . " instead of $command" unless $f->{command} eq $command;
    is_like($f->{headers}{$_}, $h{$_}) or return "$_: " . ($f->{headers}{$_} // 'nothing') for keys %h;
    return undef;
}

sub want_json {
    my ($c, $want) = @_;
    my $f = $c->frame;
    return 'nothing came' unless $f;
    return "$f->{command} " . ($f->{headers}{message} // $f->{code} // '') . ' instead of MESSAGE' unless $f->{json};
    is_like($f->{json}{$_}, $want->{$_}) or return "$_: " . ($f->{json}{$_} // 'null') . " in $f->{body}" for keys %$want;
    return undef;
}

sub want_close {
    my ($c, $code, $has_closed) = @_;
    my $f = $c->frame;
    return 'no close' unless $f;
    return "$f->{command} " . ($f->{headers}{message} // '') . " instead of close $code" unless $f->{command} eq 'CLOSE';
    return "close $f->{code} ($f->{reason}) instead of $code" unless $f->{code} == $code;
    $c->ws(8, pack 'n', $code == 1005 ? 1000 : $code) unless $has_closed;
    $f = $c->frame;
    return 'no end behind the close' unless $f && $f->{command} eq 'END';
    return $c->{was_reset} && !$has_closed ? 'reset' : undef;
}

# The pong comes behind whatever else there was.
sub want_quiet {
    my $c = shift;
    $c->ws(9, 'still there?');
    for (1 .. 200) {
        return undef if grep { $_ eq 'still there?' } @{$c->{pongs} || []};
        my $f = $c->frame(0.1) or next;
        return "$f->{command} " . ($f->{headers}{message} // $f->{code} // $f->{body} // '') . ' instead of silence';
    }
    return 'no pong';
}

sub want_raw {
    my ($c, $bytes) = @_;
    until (index(join('', @{$c->{messages} || []}), $bytes) >= 0) {
        my $f = $c->frame;
        return 'it did not come: ' . join('', @{$c->{messages} || []}) unless $f && $f->{command} !~ /CLOSE|END/;
    }
    return undef;
}

# One row on a connection of its own. Returns why it is not as the table says, or nothing.
sub play {
    my ($target, $mode, $on, $parts, $is_nginx, @want) = @_;
    my ($nginx_status) = map { $_->{nginx_status} // () } @want;
    return want_http(Stomp->new($target), $parts, $want[0], $is_nginx && $nginx_status) if $on eq 'http';
    my $c = $state{$on}->($target);
    $c->{messages} = [];
    my $bytes = join '', map { fill_in($_) } @$parts;
    my $has_closed = $bytes =~ /^\x88/;
    if ($mode eq 'bytes') { $c->put($_) for split //, $bytes }
    else { $c->put(fill_in($_)) for @$parts }
    for my $want (@want) {
        my %w = %$want;
        my $why = exists $w{error} ? want_frame($c, 'ERROR', message => delete $w{error}, %w)
            : exists $w{frame} ? want_frame($c, delete $w{frame}, %w)
            : exists $w{json} ? want_json($c, $w{json})
            : exists $w{close} ? want_close($c, $w{close}, $has_closed)
            : exists $w{raw} ? want_raw($c, $w{raw})
            : exists $w{quiet} ? want_quiet($c) : undef;
        return $why if defined $why;
    }
    return undef;
}

sub is_short { my $parts = shift; my $n = 0; $n += length for @$parts; return $n <= BYTEWISE_MAX }

sub count_of { my @metrics = map { $_->{metric} // () } @_; return @metrics ? join ' ', map { $pushd->metric($_) } @metrics : '' }
sub has_grown { my ($before, $after) = @_; my @b = split / /, $before; my @a = split / /, $after; return !grep { $a[$_] <= $b[$_] } 0 .. $#b }

my @rows = BadInput::rows();
# A round: all rows in one mode to one target. Returns how many were not as the table says.
sub round {
    my ($name, $target, $mode, $is_nginx) = @_;
    my %by_class;
    for my $row (@rows) {
        my ($class, $says, $on, $parts, @want) = @$row;
        my ($direct) = map { $_->{direct} // () } @want;
        next if $is_nginx && $direct || $mode eq 'bytes' && ($on eq 'http' || !is_short($parts));
        my $before = count_of(@want);
        my $why = eval { play($target, $mode, $on, $parts, $is_nginx, @want) } // ($@ ? "died: $@" : undef);
        $why //= "the counter did not go up: $before" unless $is_nginx && grep({ $_->{nginx_status} } @want) || has_grown($before, count_of(@want));
        $why //= 'the chat beside it was disturbed' unless $beside->talks;
        push @{$by_class{$class}{order}}, $says;
        push @{$by_class{$class}{bad}}, "$says: $why" if defined $why;
    }
    for my $class (do { my %seen; grep { $by_class{$_} && !$seen{$_}++ } map { $_->[0] } @rows }) {
        my @bad = @{$by_class{$class}{bad} || []};
        ok(!@bad, "$name: $class (" . @{$by_class{$class}{order}} . ')') or diag(join "\n", @bad);
    }
}

ok($beside->talks, 'two people talk');
round('pushd, whole', $pushd->socket, 'whole', 0);
my $sanitized = Beside::is_sanitized($pushd);
ok($pushd->wait_for(sub { $pushd->metric('connections') == 2 }), 'all connections are gone');
my ($resident, $descriptors) = (Beside::resident($pushd), Beside::descriptors($pushd));
Beside::forget_peak($pushd);
round('pushd, byte by byte', $pushd->socket, 'bytes', 0);
SKIP: {
    skip 'no nginx', 1 unless $nginx;
    round('nginx, whole', $nginx->address, 'whole', 1);
    my @left = grep { grep { $_->{direct} } @$_[4 .. $#$_] } @rows;
    diag("not through nginx: $_->[1]: " . (map { $_->{direct} // () } @$_[4 .. $#$_])[0]) for @left;
    cmp_ok(scalar @left, '<=', 2, 'hardly anything is left out');
}
ok($pushd->wait_for(sub { $pushd->metric('connections') == 2 }), 'all connections are gone');
ok($pushd->wait_for(sub { Beside::descriptors($pushd) <= $descriptors }), 'and their descriptors') or diag(Beside::descriptors($pushd) . " instead of $descriptors");
SKIP: {
    skip 'a sanitizer keeps memory', 2 if $sanitized;
    cmp_ok(Beside::resident($pushd) - $resident, '<', 2 << 20, 'memory is flat');
    cmp_ok(Beside::peak($pushd) - $resident, '<', 4 << 20, 'and was all the time');
}
cmp_ok($beside->slowest, '<', 5, sprintf 'the slowest of %d messages beside it took %.0f ms', $beside->{said}, 1000 * $beside->slowest);
is($pushd->stop, 0, 'TERM ends it');
unlike($pushd->log, qr/ERROR: AddressSanitizer|runtime error|LeakSanitizer|ThreadSanitizer/, 'no sanitizer has anything to say');
done_testing;
