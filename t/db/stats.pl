# stats.pl: rows put in by SQL, figures worked out by hand, and what the real stats.fcgi (plain CGI) says of them in all its formats.
# Run by stats.t; needs SANGDAM_DB_SOCKET. The numbers in `is` come from the table below, never from the program.
use strict;
use warnings;
use utf8;
use File::Temp qw(tempdir);
use JSON::PP;
use Test::More;
use Time::Local;

binmode(Test::More->builder->$_, ':utf8') for qw(output failure_output todo_output);
my $dir = tempdir(CLEANUP => 1);
my $program = ($ENV{builddir} || '.') . '/cgi/stats.fcgi';
my $top = $ENV{srcdir} || '.';

sub sql {
    my ($text) = @_;
    open(my $h, '|-:utf8', 'mariadb', '--no-defaults', '-uroot', '-S', $ENV{SANGDAM_DB_SOCKET}, '--default-character-set=utf8mb4', 'sangdam') or die;
    binmode STDERR, ':utf8';
    print $h "SET time_zone = '+00:00'; $text";
    close($h) or die "sql failed: $text";
}
open(my $conf, '>', "$dir/sangdam.conf") or die;
print $conf "run_dir = $dir\ndb_socket = $ENV{SANGDAM_DB_SOCKET}\ndb_user = root\ntemplate_dir = $top/templates\nlocale_dir = $dir\nlog_level = error\n";
# stats-fixed.t: everything fixed and added up before the first question; stats-cells.t: and answered from sums alone
my $is_rolled = ($ENV{SANGDAM_STATS} // '') ne '';
my $is_near = ($ENV{SANGDAM_STATS} // '') eq 'cells';
print $conf "stats_exact_max = 0\n" if $is_near;
close $conf;
sub ctl { my $out = `${\($ENV{builddir} || '.')}/sangdamctl -c $dir/sangdam.conf @_ --json 2>&1`; return {status => $? >> 8, out => $out, json => scalar eval { JSON::PP->new->decode($out) }} }

# ---- the rows ----

my %secret = map { my $n = $_; $n => substr("$n" x 43, 0, 43) } qw(c a s t u);
sub token_row { my ($table, $who, $member, $more) = @_; "INSERT INTO $table VALUES (UNHEX(SHA2('$secret{$who}', 256)), $member, $more);" }
sql(q{
INSERT INTO code (code_id, gcode, code, decode, decode_en, pcode, sort_no) VALUES (210, 'CHAT_CATEGORY', 'DELIVERY_LATE', '배송 지연', 'Late', 200, 1);
INSERT INTO member (member_id, email, nickname, gubun, status, cdate, udate) VALUES
 (10, 's@example.com', '슈퍼', 5, 1, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3)), (11, 'k@example.com', '김하늘', 2, 1, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3)),
 (12, 'l@example.com', '@SUM(A1)', 2, 1, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3));
} . join('', map { "INSERT INTO member (member_id, nickname, gubun, status, cdate, udate) VALUES ($_, '" . ($_ == 21 ? '=HYPERLINK("http://x")' : $_ == 22 ? '+cmd' :
        $_ == 23 ? '쉼표, "따옴표"' : "손님$_") . "', 1, 1, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3));\n" } 20 .. 40)
 . "\n" . token_row('login_session', 's', 10, "UTC_TIMESTAMP(3), '2020-01-01', '2099-01-01'") . token_row('login_session', 'a', 11, "UTC_TIMESTAMP(3), '2020-01-01', '2099-01-01'")
 . token_row('login_session', 'c', 20, "UTC_TIMESTAMP(3), '2020-01-01', '2099-01-01'") . token_row('api_token', 't', 10, "'stats:read', UTC_TIMESTAMP(3), '2099-01-01'")
 . token_row('api_token', 'u', 10, "'chat:send', UTC_TIMESTAMP(3), '2099-01-01'"));

# chat(number, customer, 'cdate in Seoul', category, status, {columns}, 'rows'): M10 a customer's text 10 s after cdate, A agent 11, B agent 12, F a file of the customer
# put in as other systems do (kind left out), T START, X TRANSFER, E END, S any system text
sub chat {
    my ($no, $member, $seoul, $category, $status, $more, $rows) = @_;
    my $at = "'$seoul' - INTERVAL 9 HOUR";
    my %c = (session_no => $no, session_id => sprintf("'00000000-0000-4000-8000-%012d'", $no), member_id => $member, category_id => $category, status_id => $status, start_time => $at,
             cdate => $at, title => "'제목 $no'");
    my $sent = sub { sprintf("$at + INTERVAL %d MICROSECOND", $_[0] * 1e6) };
    for my $k (keys %$more) { $c{$k} = $k =~ /_time$/ && defined $more->{$k} ? $sent->($more->{$k}) : defined $more->{$k} ? $more->{$k} : 'NULL' }
    my @rows = split ' ', $rows;
    $c{message_count} = @rows;
    my $text = "INSERT INTO chat_session (" . join(',', sort keys %c) . ") VALUES (" . join(',', map { $c{$_} } sort keys %c) . ");\n";
    my %row = (M => [$member, 'M', 11, 'TEXT'], A => [11, 'A', 11, 'TEXT'], B => [12, 'A', 11, 'TEXT'], F => [$member, 'M', 13, 'TEXT'], T => [1, 'S', 12, 'START'],
               X => [1, 'S', 12, 'TRANSFER'], E => [1, 'S', 12, 'END'], S => [1, 'S', 12, 'TEXT'],
               W => [1, 'S', 12, 'AWAY', q('{"by":"A"}')], K => [1, 'S', 12, 'BACK', q('{"by":"A"}')], Z => [1, 'S', 12, 'START', q('{"name":"x","adminId":"12"}')]);
    for my $i (0 .. $#rows) {
        my ($who, $when) = $rows[$i] =~ /^(.)(.+)$/;
        my $r = $row{$who};
        $text .= "INSERT INTO chat_message (session_no, seq, session_id, sender_id, sender_type, message_type_id, kind, content, args, cdate) VALUES ($no, " . ($i + 1) .
            ", $c{session_id}, $r->[0], '$r->[1]', $r->[2], '$r->[3]', 'x', " . ($r->[4] // 'NULL') . ", " . $sent->($when) . ");\n";
    }
    sql($text);
}
# Before there is any chat: pages of nothing.
sub ask;
is(ask($_)->{status}, 200, "$_ without chats") for '/dashboard', map { my $v = $_; map { "/stats/$v.$_" } qw(json csv html txt) } qw(live summary agents categories hours chats messages queue csat);
is_deeply([@{ask('/stats/summary.json')->{json}{rows}[0]}{qw(chats missed abandoned dropped)}], [0, 0, 0, 0], 'zero rows');
is_deeply(ask('/stats/summary.json')->{json}{rows}[0]{frt_s}, {n => 0, map { $_ => undef } qw(mean median p90 max)}, 'without figures');
is_deeply(ask('/stats/agents.json')->{json}{rows}, [], 'no agent has any');

#                                                                                                                          wait  frt(who)  art   mrt  handle dur
chat(1, 20, '2026-11-18 23:50:00', 200, 3, {admin_id => 11, accept_time => 20, end_time => 900, ended_by => "'A'"},
     'M5 T20 S21 A35 M60 M70 A100 M200 A210 E900');                                                                      # 20    30 (11)   80/3  40   880    900   over midnight
chat(2, 21, '2026-11-19 00:10:00', 200, 3, {admin_id => 12, accept_time => 40, end_time => 400, hold_ms => 60000, ended_by => "'A'"},
     'M10 T40 A70 X80 M100 B130');                                                                                       # 40    60 (11)   45    60   300    400
chat(3, 22, '2026-11-19 09:00:00', 202, 3, {end_time => 1800, ended_by => "'S'", exit_reason_id => 152}, 'M3 E1800');    #                                    1800  missed dropped
chat(4, 23, '2026-11-19 09:30:00', 202, 3, {end_time => 45, ended_by => "'M'", exit_reason_id => 151}, 'S45');           #                                    45    abandoned
chat(5, 24, '2026-11-19 10:00:00', 202, 3, {admin_id => 12, accept_time => 100, end_time => 160, ended_by => "'M'"}, 'M10 T100 E160'); # 100              60     160   missed dropped
chat(6, 25, '2026-11-20 15:00:00', 210, 3, {admin_id => 11, accept_time => 10.5, end_time => 30, ended_by => "'M'"}, 'M1.25 T10.5 A12.75 M20'); # 10.5 11.5 (11) 11.5 11.5 19.5 30 dropped
chat(7, 26, '2026-11-20 16:00:00', 200, 2, {admin_id => 11, accept_time => 15}, 'M5 T15 A25 M40');                       # 15    20 (11)   20    20                 open
chat(8, 27, '2026-11-20 17:00:00', 200, 1, {}, 'M5');                                                                    #                                          open, waiting
chat(9, 28, '2026-11-21 12:00:00', 202, 3, {end_time => 300, ended_by => "'S'", exit_reason_id => 152, abandoned => 1}, 'M2'); #                              300   abandoned dropped
chat(12, 29, '2026-11-21 13:00:00', 200, 3, {admin_id => 12}, 'M2 T12 B14 F20 B26 E60');                                 # 12    12 (12)   9     12   48     60    no accept_time, no end_time
chat(10, 30, '2026-11-22 00:00:00', 200, 3, {end_time => 5, ended_by => "'M'"}, '');                                     # first moment of the next day
chat(11, 31, '2026-11-17 23:59:59.999', 200, 3, {end_time => 5, ended_by => "'M'"}, '');                                 # last moment of the day before
chat(13, 32, '2026-11-01 14:30:00', 200, 3, {end_time => 5, ended_by => "'M'"}, '');                                     # 01:30 in New York, summer
chat(14, 33, '2026-11-01 15:30:00', 200, 3, {end_time => 5, ended_by => "'M'"}, '');                                     # 01:30 again, winter
# A reopened chat is a chat of its own; where the agent speaks first, answers count from the customer's first words on, and a talk of the agent alone is not missed.
chat(15, 34, '2026-09-07 10:00:00', 200, 3, {admin_id => 11, accept_time => 20, end_time => 103, ended_by => "'A'"}, 'M5 T20 A35 M60 A90 E103');    # 20 30 30 30  83 103
chat(16, 34, '2026-09-07 12:00:00', 200, 3, {admin_id => 12, accept_time => 11, end_time => 61, ended_by => "'A'", previous_session_id => "'00000000-0000-4000-8000-000000000015'"},
     'M1 T11 B21 E61');                                                                                                                           # 11 20 20 20  50  61
chat(17, 35, '2026-09-07 13:00:00', 202, 3, {admin_id => 11, accept_time => 5, end_time => 104, ended_by => "'A'"}, 'T5 A10 M20 A50 E104');        #  5 30 30 30  99 104
chat(18, 36, '2026-09-07 14:00:00', 202, 3, {admin_id => 11, accept_time => 2, end_time => 602, ended_by => "'A'"}, 'T2 A5 E602');                #  2           600 602

sql("INSERT INTO rating (session_no, score, cdate) VALUES (1, 4, UTC_TIMESTAMP(3)), (2, 5, UTC_TIMESTAMP(3)), (6, 3, UTC_TIMESTAMP(3))");
if ($is_rolled) {
    my $r = ctl('stats', 'roll');
    is($r->{json}{chatsFixed}, 16, 'all chats that are over are fixed') or diag $r->{out};
    cmp_ok($r->{json}{blocksRolled}, '>=', 12, 'and their hours added up');
    is(ctl('stats', 'roll')->{json}{$_}, 0, "a second time nothing is to do: $_") for qw(chatsFixed blocksRolled);
}

# ---- asking ----

sub ask {
    my ($url, %o) = @_;
    my ($path, $query) = split /\?/, $url, 2;
    my %env = (PATH => $ENV{PATH}, REQUEST_METHOD => $o{method} || 'GET', REQUEST_URI => $url, DOCUMENT_URI => $path, SCRIPT_NAME => $path, PATH_INFO => '', QUERY_STRING => $query // '',
               SERVER_PROTOCOL => 'HTTP/1.1', HTTP_HOST => 'localhost:8080', SERVER_NAME => 'localhost', SERVER_PORT => 8080, REMOTE_ADDR => '127.0.0.1',
               GATEWAY_INTERFACE => 'CGI/1.1', SANGDAM_CONF => "$dir/sangdam.conf", HTTP_ACCEPT_LANGUAGE => 'en', %{$o{env} || {}});
    my $who = exists $o{as} ? $o{as} : 's';
    $env{HTTP_COOKIE} = "sid=$secret{$who}" if $who;
    $env{HTTP_AUTHORIZATION} = "Bearer $secret{$o{bearer}}" if $o{bearer};
    $env{$_} = $ENV{$_} for grep { /^(ASAN|UBSAN|LSAN|TSAN)_OPTIONS$/ } keys %ENV;
    my $out = do { local %ENV = %env; open(my $h, '-|', "$program </dev/null") or die; local $/; <$h> };
    my ($head, $body) = split /\r\n\r\n/, $out, 2;
    my %h = map { /^([^:]+): (.*)$/ ? (lc $1 => $2) : () } split /\r\n/, $head // '';
    utf8::decode($body) if defined $body;
    my ($status) = ($h{status} // '0') =~ /^(\d+)/;
    return {status => $status // 0, head => \%h, body => $body // '', json => (($h{'content-type'} // '') =~ /json/ && ($body // '') ne '' ? eval { JSON::PP->new->decode($body) } : undef)};
}
my $span = 'from=2026-11-18&to=2026-11-22';
sub dist { my ($n, $mean, $median, $p90, $max) = @_; {n => $n, mean => $mean, median => $median, p90 => $p90, max => $max} }
# From sums: what they say exactly, and what they may say within 1.6 %.
sub is_dist {
    my ($got, $want, $name) = @_;
    return is_deeply($got, $want, $name) if !$is_near || !$want->{n};
    is_deeply({%$got, median => 0, p90 => 0}, {%$want, median => 0, p90 => 0}, $name);
    cmp_ok(abs($got->{$_} - $want->{$_}), '<=', 0.016 * $want->{$_} + 0.05, "$_ is near") for qw(median p90);
}
my $none = dist(0, undef, undef, undef, undef);
my @figures = qw(wait_s frt_s art_s mrt_s handle_s dur_s);
my %all = (wait_s => [6, 32.9, 15, 100, 100], frt_s => [5, 26.7, 20, 60, 60], art_s => [5, 22.4, 20, 45, 45], mrt_s => [5, 28.7, 20, 60, 60], handle_s => [5, 261.5, 60, 880, 880],
           dur_s => [8, 461.9, 160, 1800, 1800]);
my %counts = (chats => 10, missed => 2, abandoned => 2, dropped => 4);

# ---- figures, in every format ----

subtest 'json' => sub {
    my $a = ask("/stats/summary.json?$span");
    is($a->{status}, 200);
    like($a->{head}{'content-type'}, qr{^application/json});
    my $j = $a->{json};
    is_deeply([sort keys %$j], [sort qw(from to tz group by generatedAt definitionsUrl rows), $is_near ? "percentileError" : ()]);
    is($j->{from}, '2026-11-17T15:00:00.000Z');
    is($j->{to}, '2026-11-21T15:00:00.000Z');
    is($j->{tz}, 'Asia/Seoul');
    is($j->{group}, 'none');
    is($j->{by}, undef);
    is($j->{definitionsUrl}, '/stats/help');
    is(scalar @{$j->{rows}}, 1);
    my $row = $j->{rows}[0];
    is($row->{$_}, $counts{$_}, $_) for keys %counts;
    is_dist($row->{$_}, dist(@{$all{$_}}), $_) for @figures;
    is($row->{key}, 'all');
    like($a->{body}, qr/"rows":\[\{"key":.*?"label":.*?"chats":.*?"missed":.*?"abandoned":.*?"dropped":.*?"wait_s":\{"n":.*?"mean":.*?"median":.*?"p90":.*?"max":.*?"frt_s":.*?"art_s":.*?"mrt_s":.*?"handle_s":.*?"dur_s":/, 'in order');
};
subtest 'reopened, and begun by the agent' => sub {
    my $day = 'from=2026-09-07&to=2026-09-08';
    my $row = ask("/stats/summary.json?$day")->{json}{rows}[0];
    is_deeply([@{$row}{qw(chats missed abandoned dropped)}], [4, 0, 0, 0]);
    is_dist($row->{wait_s}, dist(4, 9.5, 5, 20, 20), 'wait_s');
    is_dist($row->{$_}, dist(3, 26.7, 30, 30, 30), $_) for qw(frt_s art_s mrt_s);
    is_dist($row->{handle_s}, dist(4, 208, 83, 600, 600), 'handle_s');
    is_dist($row->{dur_s}, dist(4, 217.5, 103, 602, 602), 'dur_s');
    is(scalar @{ask("/stats/chats.json?$day")->{json}{rows}}, 4, 'and its list has as many rows');
    my %by = map { $_->{key} => $_->{chats} } @{ask("/stats/agents.json?$day")->{json}{rows}};
    is_deeply(\%by, {11 => 3, 12 => 1}, 'each chat is its own agent\'s');
};
sub csv { # rows of cells
    my ($text) = @_;
    my (@rows, @row);
    while ($text =~ /\G(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gc) {
        my ($cell, $end) = (defined $1 ? $1 : $2, $3);
        $cell =~ s/""/"/g;
        push @row, $cell;
        if ($end ne ',') { push @rows, [@row]; @row = () }
    }
    die 'no RFC 4180' unless pos($text) // 0 == length $text;
    return @rows;
}
subtest 'csv' => sub {
    my $a = ask("/stats/summary.csv?$span");
    like($a->{head}{'content-type'}, qr{^text/csv});
    my @rows = csv($a->{body});
    is(scalar @rows, 2);
    my @head = (qw(key label chats missed abandoned dropped), map { my $f = $_; map { "${f}_$_" } qw(n mean median p90 max) } @figures);
    is_deeply($rows[0], \@head);
    my @cells = @{$rows[1]}[2 .. 35];
    is_deeply([@cells[0 .. 3]], [10, 2, 2, 4]);
    for my $i (0 .. $#figures) {
        my ($n, $mean, $median, $p90, $max) = @cells[4 + 5 * $i .. 8 + 5 * $i];
        is_dist(dist($n, $mean, $median, $p90, $max), dist(@{$all{$figures[$i]}}), $figures[$i]);
    }
    like(ask("/stats/summary.csv?$span&bom=1")->{body}, qr/^\x{FEFF}key,label/);
    unlike($a->{body}, qr/\x{FEFF}/);
};
subtest 'txt' => sub {
    my $b = ask("/stats/summary.txt?$span")->{body};
    like($b, qr/chats 10  missed 2  abandoned 2  dropped 4/);
    for my $f (@figures) {
        my ($n, $mean, $median, $p90, $max) = @{$all{$f}};
        ($median, $p90) = map { $is_near ? '[\d.]+' : quotemeta } $median, $p90;
        like($b, qr/^\s+\Q$f\E\s+n $n\s+mean \Q$mean\E\s+median $median\s+p90 $p90\s+max \Q$max\E$/m, $f);
    }
};
subtest 'html' => sub {
    my $a = ask("/stats/summary.html?$span");
    is($a->{status}, 200);
    like($a->{head}{'content-type'}, qr{^text/html});
    my %shown = (wait_s => '6 0:33 0:15 1:40 1:40', frt_s => '5 0:27 0:20 1:00 1:00', art_s => '5 0:22 0:20 0:45 0:45', mrt_s => '5 0:29 0:20 1:00 1:00',
                 handle_s => '5 4:22 1:00 14:40 14:40', dur_s => '8 7:42 2:40 30:00 30:00');
    my %rows = ($a->{body} =~ m{<tr><th scope="row">([^<]+)</th>(.*?)</tr>}g);
    my %title = (wait_s => 'Waiting time', frt_s => 'First answer', art_s => 'Mean answer time', mrt_s => 'Longest answer time', handle_s => 'Handling time', dur_s => 'Whole time');
    for my $f (@figures) {
        my $row = $rows{$title{$f}} // '';
        my @shown = map { s/<[^>]*>//gr } $row =~ m{<td class="n">(.*?)</td>}g;
        is(join(' ', $is_near ? @shown[0, 1, 4] : @shown), join(' ', $is_near ? (split / /, $shown{$f})[0, 1, 4] : $shown{$f}), $f);
    }
    my %tiles = ($a->{body} =~ m{<p class="label">([^<]+)</p><strong>([^<]+)}g);
    is_deeply(\%tiles, {Chats => 10, Missed => 2, Abandoned => 2, Dropped => 4});
    unlike($a->{body}, qr/<script(?![^>]* src=)|style=/);
};

# ---- periods, agents, categories ----

subtest 'group=day' => sub {
    my $r = ask("/stats/summary.json?$span&group=day")->{json}{rows};
    is_deeply([map { "$_->{key} $_->{chats} $_->{missed} $_->{abandoned} $_->{dropped}" } @$r], ['2026-11-18 1 0 0 0', '2026-11-19 4 2 1 2', '2026-11-20 3 0 0 1', '2026-11-21 2 0 1 1']);
    is_dist($r->[0]{art_s}, dist(1, 26.7, 26.7, 26.7, 26.7));
    is_dist($r->[2]{wait_s}, dist(2, 12.8, 10.5, 15, 15), '12.75 up'); # 10.5 and 15
    is_dist($r->[3]{dur_s}, dist(2, 180, 60, 300, 300));
    $r = ask("/stats/summary.json?from=2026-11-17T15:00:00Z&to=2026-11-22T00:00:00%2B09:00&group=day&tz=UTC")->{json}{rows};
    is_deeply([map { "$_->{key} $_->{chats}" } @$r], ['2026-11-17 0', '2026-11-18 2', '2026-11-19 3', '2026-11-20 3', '2026-11-21 2']);
    is_deeply($r->[0]{wait_s}, $none, 'nothing is null');
};
subtest 'other groups' => sub {
    is_deeply([map { "$_->{key} $_->{chats}" } @{ask("/stats/summary.json?$span&group=week")->{json}{rows}}], ['2026-W47 10']);
    is_deeply([map { "$_->{key} $_->{chats}" } @{ask("/stats/summary.json?from=2026-10-31&to=2026-12-01&group=month")->{json}{rows}}], ['2026-10 0', '2026-11 14']);
    my $r = ask("/stats/hours.json?$span&group=weekday-hour")->{json}{rows};
    is(scalar @$r, 168);
    is_deeply([map { "$_->{key} $_->{chats} $_->{label}" } grep { $_->{chats} } @$r],
              ['3T23 1 Wed 23:00', '4T00 1 Thu 00:00', '4T09 2 Thu 09:00', '4T10 1 Thu 10:00', '5T15 1 Fri 15:00', '5T16 1 Fri 16:00', '5T17 1 Fri 17:00', '6T12 1 Sat 12:00', '6T13 1 Sat 13:00']);
    $r = ask("/stats/hours.json?from=2026-11-18&to=2026-11-19")->{json};
    is($r->{group}, 'hour');
    is(scalar @{$r->{rows}}, 24);
    is_deeply([map { "$_->{key} $_->{chats}" } grep { $_->{chats} } @{$r->{rows}}], ['2026-11-18T23:00:00+09:00 1']);
    $r = ask('/stats/hours.json?from=2026-11-01&to=2026-11-02&tz=America/New_York')->{json}{rows};
    is(scalar @$r, 25, 'a day of 25 hours');
    is_deeply([map { "$_->{key} $_->{chats}" } grep { $_->{chats} } @$r], ['2026-11-01T01:00:00-04:00 1', '2026-11-01T01:00:00-05:00 1']);
};
subtest 'by agent' => sub {
    my $j = ask("/stats/agents.json?$span")->{json};
    is($j->{by}, 'agent');
    is_deeply([map { "$_->{key} $_->{label} $_->{chats} $_->{missed} $_->{abandoned} $_->{dropped}" } @{$j->{rows}}],
              ['11 김하늘 3 0 0 1', '12 @SUM(A1) 3 1 0 1', '0 Nobody 4 1 2 2']);
    is_dist($j->{rows}[0]{frt_s}, dist(4, 30.4, 20, 60, 60), 'with that of the chat that was handed on: 30.375 up'); # 30 60 11.5 20
    is_dist($j->{rows}[1]{frt_s}, dist(1, 12, 12, 12, 12));
    is_dist($j->{rows}[1]{handle_s}, dist(3, 136, 60, 300, 300)); # 300 60 48
    is_deeply($j->{rows}[2]{frt_s}, $none);
    my $row = ask("/stats/summary.json?$span&agent=11")->{json}{rows}[0];
    is($row->{chats}, 3);
    is($row->{frt_s}{n}, 4);
    my $r = ask("/stats/agents.json?$span&group=day")->{json}{rows};
    is_deeply([map { "$_->{key} $_->{chats} $_->{frt_s}{n}" } @$r],
              ['2026-11-18/11 1 1', '2026-11-19/11 0 1', '2026-11-19/12 2 0', '2026-11-19/0 2 0', '2026-11-20/11 2 2', '2026-11-20/0 1 0', '2026-11-21/12 1 1', '2026-11-21/0 1 0']);
    my @rows = csv(ask("/stats/agents.csv?$span")->{body});
    is($rows[2][1], "'\@SUM(A1)", 'a name that is a formula');
};
subtest 'by category' => sub {
    my $r = ask("/stats/categories.json?$span")->{json}{rows};
    is_deeply([map { "$_->{key} $_->{label} $_->{chats}" } @$r], ['200 Delivery 5', '202 Order and payment 4', '210 Late 1']);
    is(ask("/stats/summary.json?$span&category=200")->{json}{rows}[0]{chats}, 6, 'with its child');
    is(ask("/stats/summary.json?$span&category=DELIVERY_LATE")->{json}{rows}[0]{chats}, 1, 'by name');
    is(ask("/stats/summary.json?$span&by=category&group=week")->{json}{rows}[0]{key}, '2026-W47/200');
    is(ask("/stats/categories.json?$span", env => {HTTP_ACCEPT_LANGUAGE => 'ko'})->{json}{rows}[0]{label}, '배송');
};

# ---- one row a chat ----

subtest 'chats' => sub {
    my $j = ask("/stats/chats.json?$span")->{json};
    is_deeply([map { $_->{sessionId} =~ /(\d+)$/; $1 + 0 } @{$j->{rows}}], [12, 9, 8, 7, 6, 5, 4, 3, 2, 1], 'newest first');
    my ($two) = grep { $_->{sessionId} =~ /2$/ && $_->{title} eq '제목 2' } @{$j->{rows}};
    is_deeply([@$two{@figures}], [40, 60, 45, 60, 300, 400]);
    is_deeply([@$two{qw(adminId answeredById memberName status cdate)}], [12, 11, '=HYPERLINK("http://x")', 'COMPLETED', '2026-11-18T15:10:00.000Z']);
    is_deeply([@{$j->{rows}[9]}{@figures}], [20, 30, 26.7, 40, 880, 900]);
    is($j->{paging}{next}, undef);
    my ($url, @seen) = ("/stats/chats.json?$span&limit=3&sort=cdate");
    for my $page (1 .. 4) {
        my $a = ask($url);
        push @seen, map { $_->{sessionId} =~ /(\d+)$/; $1 + 0 } @{$a->{json}{rows}};
        my ($next) = ($a->{head}{link} // '') =~ /^<([^>]+)>; rel="next"$/;
        is($next ? 1 : 0, $page < 4 ? 1 : 0, "Link of page $page");
        like($next, qr/cursor=\Q$a->{json}{paging}{next}\E$/) if $next;
        $url = $next;
    }
    is_deeply(\@seen, [1, 2, 3, 4, 5, 6, 7, 8, 9, 12], 'each once');
    my @rows = csv(ask("/stats/chats.csv?$span")->{body});
    my %col = map { $rows[0][$_] => $_ } 0 .. $#{$rows[0]};
    is(scalar @rows, 11);
    is_deeply([map { $_->[$col{member}] } @rows[9, 8, 7]], ["'=HYPERLINK(\"http://x\")", "'+cmd", '쉼표, "따옴표"']);
    like(ask("/stats/chats.csv?$span")->{body}, qr/,"'=HYPERLINK\(""http:\/\/x""\)",/);
    is_deeply([@{$rows[9]}[@col{@figures}]], [40, 60, 45, 60, 300, 400]);
    my $h = ask("/stats/chats.html?$span");
    is($h->{status}, 200);
    like($h->{body}, qr/=HYPERLINK\(&quot;http/);
    like(ask("/stats/chats.txt?$span")->{body}, qr/00000002  COMPLETED  =HYPERLINK.*\n  missed 0  abandoned 0  dropped 0  wait_s 40 frt_s 60 art_s 45 mrt_s 60 handle_s 300 dur_s 400/);
    is(scalar @{ask("/stats/chats.json?$span&agent=12")->{json}{rows}}, 3);
    like(ask("/stats/chats.html?$span&limit=2")->{body}, qr{href="/stats/chats.html\?from=2026-11-18&amp;to=2026-11-22&amp;limit=2&amp;cursor=}, 'a next page');
};

# ---- the chats behind a figure ----

subtest 'lists have as many chats as the figure says' => sub {
    my $rows = sub { my @r = csv(ask("/stats/chats.csv?$_[0]")->{body}); $#r };
    my $row = ask("/stats/summary.json?$span")->{json}{rows}[0];
    is($rows->($span), $row->{chats}, 'chats');
    is($rows->("$span&has=$_"), $row->{$_}, $_) for qw(missed abandoned dropped);
    is($rows->("$span&has=$_"), $row->{$_}{n}, $_) for @figures;
    for my $r (@{ask("/stats/agents.json?$span")->{json}{rows}}) {
        next if $r->{key} eq '0';
        is($rows->("$span&agent=$r->{key}"), $r->{chats}, "agent $r->{key}");
        is($rows->("$span&agent=$r->{key}&has=$_"), $r->{$_}{n}, "agent $r->{key} $_") for @figures;
    }
    is($rows->("$span&category=$_->{key}&children=0"), $_->{chats}, "category $_->{key}") for @{ask("/stats/categories.json?$span")->{json}{rows}};
    is($rows->("$span&slot=$_->{key}"), $_->{chats}, "slot $_->{key}") for grep { $_->{chats} } @{ask("/stats/hours.json?$span&group=weekday-hour")->{json}{rows}};
    my $html = ask("/stats/summary.html?$span&group=day")->{body}; # what a page links to is that list
    my $n = 0;
    while ($html =~ m{<td class="n"><a href="(/stats/chats\.html\?[^"]+)">(\d+)</a>}g) {
        my ($url, $want) = ($1, $2);
        $url =~ s/&amp;/&/g;
        $url =~ s/chats\.html/chats.csv/;
        my @r = csv(ask($url)->{body});
        is($#r, $want, $url);
        $n++;
    }
    cmp_ok($n, '>=', 8, 'the counts of four days are links');
    my $a = ask("/stats/chats.csv?$span");
    is($a->{head}{'content-length'}, undef, 'an export is streamed');
    for my $q ('has=nothing', 'has=', 'slot=0T09', 'slot=1T24', 'slot=1T9', 'children=2', 'hours=closed') {
        my $b = ask("/stats/chats.json?$span&$q");
        is($b->{status}, 400, $q);
        is($b->{json}{errors}[0]{field}, (split /=/, $q)[0]);
    }
};

# ---- other views, the period before, opening hours, pictures ----

subtest 'messages' => sub {
    my $r = ask("/stats/messages.json?$span")->{json}{rows}[0];
    is_deeply([@$r{qw(chats messages from_customers from_agents from_system per_chat)}], [10, 38, 16, 9, 13, 2.5], 'all rows, talk of both, the rest; 25 / 10');
    my @rows = csv(ask("/stats/messages.csv?$span&group=day")->{body});
    is_deeply($rows[0], [qw(key label chats messages from_customers from_agents from_system per_chat)]);
    is_deeply([map { "$_->[0] $_->[3]" } @rows[1 .. 4]], ['2026-11-18 10', '2026-11-19 12', '2026-11-20 9', '2026-11-21 7']);
    is(ask('/stats/messages.json?from=2026-11-23T00:00:00Z&to=2026-11-23T00:00:01Z')->{json}{rows}[0]{per_chat}, undef, 'null without chats');
    like(ask("/stats/messages.txt?$span")->{body}, qr/chats 10 messages 38/);
    like(ask("/stats/messages.html?$span")->{body}, qr{<td class="n">38</td>});
};
subtest 'csat' => sub {
    my $r = ask("/stats/csat.json?$span")->{json}{rows}[0];
    is_deeply([@$r{qw(chats rated mean share_satisfied score_1 score_2 score_3 score_4 score_5)}], [10, 3, 4, 0.667, 0, 0, 1, 1, 1], '3, 4 and 5');
    is_deeply([map { "$_->{key} $_->{rated} " . ($_->{mean} // '-') } @{ask("/stats/csat.json?$span&by=agent")->{json}{rows}}], ['11 2 3.5', '12 1 5', '0 0 -']);
    my @list = csv(ask("/stats/chats.csv?$span&has=rated")->{body});
    is($#list, 3);
    is($list[0][-1], 'score');
    is_deeply([sort map { $_->[-1] } @list[1 .. 3]], [3, 4, 5]);
};
subtest 'compare=previous' => sub {
    my $j = ask('/stats/summary.json?from=2026-11-20&to=2026-11-22&compare=previous')->{json};
    is_deeply($j->{compare}, {from => '2026-11-17T15:00:00.000Z', to => '2026-11-19T15:00:00.000Z'});
    is($j->{rows}[0]{chats}, 5);
    is($j->{rows}[0]{previous}{chats}, 5);
    is($j->{rows}[0]{previous}{missed}, 2);
    is_dist($j->{rows}[0]{previous}{wait_s}, dist(3, 53.3, 40, 100, 100)); # 20 40 100
    $j = ask('/stats/agents.json?from=2026-11-20&to=2026-11-22&compare=previous')->{json};
    is_deeply([map { "$_->{key} $_->{chats} " . ($_->{previous} ? $_->{previous}{chats} : '-') } @{$j->{rows}}], ['11 2 1', '12 1 2', '0 2 2']);
    my @rows = csv(ask('/stats/summary.csv?from=2026-11-20&to=2026-11-22&compare=previous&group=day')->{body});
    is($rows[0][36], 'previous_chats', 'behind all others');
    is_deeply([map { "$_->[0] $_->[2] $_->[36]" } @rows[1, 2]], ['2026-11-20 3 1', '2026-11-21 2 4']);
    $j = ask('/stats/summary.json?from=2026-11-02&to=2026-11-03&tz=America/New_York&compare=previous')->{json};
    is($j->{compare}{from}, '2026-11-01T04:00:00.000Z', 'the day before has 25 hours');
    is($j->{rows}[0]{previous}{chats}, 2);
    for my $q ('compare=last', 'compare=', 'figure=x') {
        my $a = ask("/stats/summary.json?$span&$q");
        is($a->{status}, 400, $q);
        is($a->{json}{errors}[0]{field}, (split /=/, $q)[0]);
    }
    is(ask("/stats/agents.json?$span&group=day&compare=previous")->{json}{errors}[0]{field}, 'compare', 'not by both at once');
    like(ask('/stats/summary.html?from=2026-11-20&to=2026-11-22&compare=previous&group=day')->{body}, qr{class="c-bar then"}, 'bars of before');
};
subtest 'queue' => sub {
    my $r = ask("/stats/queue.json?$span")->{json}{rows};
    is_deeply([map { join ' ', @$_{qw(key waiting chats accepted abandoned missed)} } @$r], ['200 1 5 4 0 0', '202 0 4 1 2 2', '210 0 1 1 0 0']);
    cmp_ok($r->[0]{longest_wait_s}, '>', 0);
    is($r->[1]{longest_wait_s}, undef, 'nobody waits there');
    is(ask("/stats/queue.json?group=day")->{status}, 400);
};
subtest 'pictures' => sub {
    my $a = ask("/stats/summary.svg?$span&group=day");
    like($a->{head}{'content-type'}, qr{^image/svg\+xml});
    my @titles = $a->{body} =~ m{<g><title>([^<]+)</title>}g;
    is_deeply(\@titles, ['2026-11-18: 1', '2026-11-19: 4', '2026-11-20: 3', '2026-11-21: 2'], 'the numbers of the table');
    unlike($a->{body}, qr/<style|style=|<script/);
    @titles = ask("/stats/summary.svg?$span&group=day&figure=dur_s")->{body} =~ m{<g><title>([^<]+)</title>}g;
    is($titles[0], '2026-11-18: 900') unless $is_near;
    is(scalar(() = ask("/stats/hours.svg?$span&group=weekday-hour")->{body} =~ m{<g><title>}g), 168, 'a heat map');
    is(ask("/stats/chats.svg?$span")->{status}, 404);
    like(ask("/stats/summary?$span", env => {HTTP_ACCEPT => 'image/svg+xml'})->{head}{'content-type'}, qr/svg/);
};

# ---- now ----

subtest 'live' => sub {
    my $old = ask('/stats/live.json')->{json};
    is_deeply([@$old{qw(waiting active agents_online)}], [1, 1, 1], 'the one who asks is online');
    sql("INSERT INTO chat_session (session_no, session_id, member_id, category_id, status_id, cdate, queue_since) VALUES (50, UUID(), 40, 200, 1, UTC_TIMESTAMP(3),"
        . " UTC_TIMESTAMP(3) - INTERVAL 100 SECOND); UPDATE chat_session SET queue_since = UTC_TIMESTAMP(3) - INTERVAL 200 SECOND WHERE session_no = 8;"
        . " UPDATE chat_session SET admin_last_seen = UTC_TIMESTAMP(3) WHERE session_no = 7; UPDATE login_session SET last_used = UTC_TIMESTAMP(3) WHERE member_id IN (10, 20);");
    my $j = ask('/stats/live.json')->{json};
    is_deeply([@$j{qw(waiting active agents_online)}], [2, 1, 2], 'and one by the chat; customers do not count');
    sql('INSERT INTO staff_online VALUES (12, UTC_TIMESTAMP(3)), (11, UTC_TIMESTAMP(3))');
    is(ask('/stats/live.json')->{json}{agents_online}, 3, 'and one who is connected, none twice');
    sql('UPDATE staff_online SET seen = UTC_TIMESTAMP(3) - INTERVAL 61 SECOND');
    is_deeply([@$j{qw(agents_max connections)}], [3, undef], 'accounts of the staff; no pushd counts here');
    cmp_ok($j->{longest_wait_s}, '>=', 200);
    cmp_ok($j->{longest_wait_s}, '<', 260);
    is($j->{chats}, $old->{chats} + 1);
    is($j->{missed}, $old->{missed});
    is(ref $j->{frt_s}, 'HASH');
    my @rows = csv(ask('/stats/live.csv')->{body});
    is_deeply([@{$rows[0]}[0 .. 7], $rows[0][10]], [qw(waiting longest_wait_s active agents_online chats missed abandoned dropped frt_s_median)]);
    is_deeply([@{$rows[1]}[0, 2, 3, 13, 14]], [2, 1, 2, 3, '']);
    is_deeply([@{$rows[0]}[13, 14]], [qw(agents_max connections)], 'at the end');
    like(ask('/stats/live.txt')->{body}, qr/^waiting 2\nlongest_wait_s \d+\nactive 1\nagents_online 2\nagents_max 3\nconnections -$/m);
    like(ask('/stats/live.html')->{body}, qr{<p class="label">Waiting</p><strong>2<});
    my $d = ask('/dashboard');
    is($d->{status}, 200);
    like($d->{body}, qr{data-key="waiting"><p class="label">Waiting</p><strong>2<});
    like($d->{body}, qr{data-key="$_"}) for qw(longest_wait_s active agents_online chats missed abandoned frt_s);
    like($d->{body}, qr{<svg viewBox});
};

if ($is_rolled) {
    subtest 'verify, rebuild' => sub {
        my $r = ctl('stats', 'verify');
        is($r->{status}, 0) or diag $r->{out};
        is($r->{json}{differences}, 0, 'no difference');
        cmp_ok($r->{json}{chats}, '>=', 14);
        my $old = ask("/stats/summary.json?$span&group=day")->{json}{rows};
        sql('UPDATE chat_figure SET frt_ms = frt_ms + 1000 WHERE session_no = 2; DELETE FROM stats_cell WHERE level = 0 AND dim = 0 LIMIT 1; UPDATE chat_message SET cdate = cdate WHERE session_no = 1');
        $r = ctl('stats', 'verify');
        is($r->{status}, 65, 'what was changed by hand is found');
        like($r->{out}, qr/chat 2 frt_s fixed=61000000000 counted=60000000000/);
        like($r->{out}, qr/hour \d+ cells/);
        is(ctl('stats', 'rebuild')->{status}, 0);
        is(ctl('stats', 'verify')->{json}{differences}, 0, 'and mended');
        is_deeply(ask("/stats/summary.json?$span&group=day")->{json}{rows}, $old, 'the figures are the old ones');
        is(ctl('stats', 'rebuild', '--from', '2026-11-18', '--to', '2026-11-19')->{json}{chats}, 1, 'one day alone');
        is(ctl('stats', 'verify', '--from', 'yesterday')->{status}, 64);
    };
}

# Thursdays and Fridays 9 to 17 o'clock for all, and for category 210 never on Fridays: chats 3, 4, 5 and 7 count, 6 does not, 8 came at 17.
subtest 'hours=open' => sub {
    sql('INSERT INTO business_hour (category_id, weekday, open_minute, close_minute) VALUES (NULL, 3, 540, 1020), (NULL, 4, 540, 1020), (210, 0, 540, 1020)');
    is(ctl('stats', 'rebuild')->{status}, 0) if $is_rolled;
    my $j = ask("/stats/summary.json?$span&hours=open")->{json};
    is($j->{hours}, 'open', 'echoed');
    is_deeply([@{$j->{rows}[0]}{qw(chats missed abandoned)}], [4, 2, 1]);
    is_deeply([map { $_->{chats} } @{ask("/stats/summary.json?$span&hours=open&group=day")->{json}{rows}}], [0, 3, 1, 0]);
    is(ask("/stats/summary.json?$span&hours=all")->{json}{rows}[0]{chats}, 10);
    my @r = csv(ask("/stats/chats.csv?$span&hours=open")->{body});
    is($#r, 4);
    sql('DELETE FROM business_hour');
    is(ctl('stats', 'rebuild')->{status}, 0) if $is_rolled;
};

# Agent 11 on 2026-10-05 in Seoul, where the day of UTC begins at nine:
#   60 09:00:10-09:10:00  61 09:05:00-09:10:00  62 09:09:30-09:20:00 (away for 60 s)  63 09:20:00-09:21:00  64 08:59:00-09:01:00  65 10:00:40-10:01:40
#   chats 590+300+630+60+120+60 = 1760 s in 08:59:00-09:21:00 and 60 s more = 1380 s; three at once from 09:09:30, and 63 takes the place of 62
# Agent 12 had 65 from 10:00:10 to 10:00:30 without a word, and 66 for 30 s.
subtest 'what agents had to do' => sub {
    chat(60, 20, '2026-10-05 09:00:00', 200, 3, {admin_id => 11, accept_time => 10, end_time => 600, ended_by => "'A'"}, 'M5 T10 A20 E600');
    chat(61, 21, '2026-10-05 09:05:00', 200, 3, {admin_id => 11, accept_time => 0, end_time => 300, ended_by => "'A'"}, 'T0 M1 A5 E300');
    chat(62, 22, '2026-10-05 09:09:00', 200, 3, {admin_id => 11, accept_time => 30, end_time => 660, ended_by => "'A'"}, 'M5 T30 A40 W100 K160 A200 E660');
    chat(63, 23, '2026-10-05 09:20:00', 200, 3, {admin_id => 11, accept_time => 0, end_time => 60, ended_by => "'A'"}, 'T0 M1 A2 E60');
    chat(64, 24, '2026-10-05 08:58:00', 200, 3, {admin_id => 11, accept_time => 60, end_time => 180, ended_by => "'A'"}, 'M5 T60 A70 E180');
    chat(65, 25, '2026-10-05 10:00:00', 200, 3, {admin_id => 11, accept_time => 10, end_time => 100, ended_by => "'A'"}, 'M1 Z10 X30 T40 A50 E100');
    chat(66, 26, '2026-10-05 11:00:00', 200, 3, {admin_id => 12, accept_time => 10, end_time => 40, ended_by => "'A'"}, 'M1 T10 B20 E40');
    my $day = int(Time::Local::timegm(0, 0, 0, 5, 9, 2026) / 86400);
    # online 08:00-12:00, of which a second node noted an hour too
    sql("INSERT INTO staff_stretch VALUES ($day - 1, 11, '2026-10-04 23:00:00', '2026-10-05 00:00:00'), ($day, 11, '2026-10-05 00:00:00', '2026-10-05 03:00:00'),"
        . " ($day, 11, '2026-10-05 00:30:00', '2026-10-05 01:30:00'); INSERT INTO agent_day VALUES ($day - 1, 1), ($day, 1) ON DUPLICATE KEY UPDATE dirty = 1");
    is(ctl('stats', 'roll')->{status}, 0) if $is_rolled;
    my @want = ({concurrency => {max => 3, mean => 1.28}, online_s => 14400, away_s => 60}, {concurrency => {max => 1, mean => 1}, online_s => 0, away_s => 0});
    my $of = sub { my ($r) = @_; +{map { $_ => $r->{$_} } qw(concurrency online_s away_s)} };
    for my $q ('from=2026-10-05&to=2026-10-06', 'from=2026-10-04&to=2026-10-07&tz=UTC', 'from=2026-10-05T08:30:00%2B09:00&to=2026-10-05T23:00:00%2B09:00', 'from=2026-10-01&to=2026-11-01&group=month') {
        my $r = ask("/stats/agents.json?$q")->{json}{rows};
        is_deeply([map { $_->{key} =~ s{.*/}{}r } @$r], [11, 12]);
        my ($from8) = $q =~ /T08:30/;
        is_deeply($of->($r->[0]), $from8 ? {%{$want[0]}, online_s => 12600} : $want[0], "agent 11, $q");
        is_deeply($of->($r->[1]), $want[1], "agent 12, $q");
    }
    my $r = ask('/stats/agents.json?from=2026-10-04&to=2026-10-06&tz=UTC&group=day')->{json}{rows};
    is_deeply([map { "$_->{key} $_->{concurrency}{max} $_->{concurrency}{mean} $_->{online_s} $_->{away_s}" } @$r], ['2026-10-04/11 1 1 3600 0', '2026-10-05/11 3 1.29 10800 60', '2026-10-05/12 1 1 0 0']);
    my @rows = csv(ask('/stats/agents.csv?from=2026-10-05&to=2026-10-06')->{body});
    is_deeply([@{$rows[0]}[36 .. 39]], [qw(concurrency_max concurrency_mean online_s away_s)], 'at the end');
    is_deeply([@{$rows[1]}[36 .. 39]], [3, '1.28', 14400, 60]);
    like(ask('/stats/agents.txt?from=2026-10-05&to=2026-10-06')->{body}, qr/^  concurrency max 3  mean 1\.28  online_s 14400  away_s 60$/m);
    like(ask('/stats/agents.html?from=2026-10-05&to=2026-10-06')->{body}, qr{<td class="n">3</td><td class="n">1\.28</td><td class="n">4:00:00</td><td class="n">1:00</td>});
    ok(!exists ask('/stats/agents.json?from=2026-10-05&to=2026-10-06&category=200')->{json}{rows}[0]{concurrency}, 'not of a category');
    ok(!exists ask('/stats/summary.json?from=2026-10-05&to=2026-10-06')->{json}{rows}[0]{concurrency}, 'not of all');
    # an open chat goes on until now, or until the end of what is asked for; one that changed hands before END counts for both
    $r = ask("/stats/agents.json?$span")->{json}{rows};
    is_deeply($r->[0]{concurrency}, {max => 1, mean => 1}, 'chats 1, 2, 6 and 7 one after the other');
    if ($is_rolled) {
        is(ctl('stats', 'verify')->{json}{differences}, 0);
        sql("UPDATE agent_load SET most = most + 1 WHERE day = $day AND member_id = 11");
        my $found = ctl('stats', 'verify');
        is($found->{status}, 65, 'a day that was changed is found');
        like($found->{out}, qr/^agents \d+ days fixed=0 counted=1$/m);
        is(ctl('stats', 'rebuild')->{status}, 0);
        is(ctl('stats', 'verify')->{json}{differences}, 0);
        is_deeply($of->(ask('/stats/agents.json?from=2026-10-04&to=2026-10-07&tz=UTC')->{json}{rows}[0]), $want[0]);
    }
};

# ---- who may, and what else is asked ----

subtest 'rights' => sub {
    is(ask('/stats/summary.json', as => '')->{status}, 401);
    is(ask('/stats/summary', as => '')->{status}, 401);
    is(ask('/stats/chats.csv', as => '')->{status}, 401);
    for my $page ('/stats/summary.html', '/dashboard', '/stats/', '/stats/help') {
        my $a = ask($page, as => '');
        is($a->{status}, 303, $page);
        like($a->{head}{location}, qr{^/signin}, $page);
    }
    for my $who (qw(a c)) {
        is(ask($_, as => $who)->{status}, 403, "$who $_") for '/stats/live.json', '/stats/chats.csv', '/dashboard', '/stats/help.txt';
    }
    is(ask('/stats/live.json', as => '', bearer => 't')->{status}, 200);
    is(ask('/stats/live.json', as => '', bearer => 'u')->{status}, 403);
    my $a = ask('/stats/live.json', method => 'POST');
    is($a->{status}, 405);
    is($a->{head}{allow}, 'GET, HEAD');
    is(ask($_)->{status}, 404, $_) for '/stats/nothing', '/stats/summary.xml', '/stats/summary.json/x', '/stats/SUMMARY';
};
subtest 'wrong values' => sub {
    my %wrong = (
        from => ['yesterday', '2026-02-30', '-7m', '', '2026-11-18T00:00:00', '2026-11-18%20OR%201=1', '0'],
        to => ['2026-11-18;DROP%20TABLE%20member', '-7', '%27', "\x{2026}"],
        tz => ['Asia/Atlantis', '../../etc/passwd', '', 'GMT%2B9', 'right/UTC', 'posix/Asia/Seoul', 'Asia/Seoul%27'],
        group => ['second', 'id;DROP', '', 'DAY', '(select%20sleep(5))'],
        by => ['member', '', 'agent;', ')%20OR%201=1'],
        agent => ['0', '-1', 'abc', '1e3', '1.0', '99999', '20', '1%20OR%201=1', '99999999999999999999'],
        category => ['1', '0', 'abc', 'SOLVED', '200;DROP'],
        bom => ['2', 'yes', 'true'],
    );
    for my $name (sort keys %wrong) {
        for my $value (@{$wrong{$name}}) {
            my $v = $value;
            utf8::encode($v);
            my $a = ask("/stats/summary.json?$name=$v");
            is($a->{status}, 400, "$name=$value");
            is($a->{json}{errors}[0]{field}, $name, "$name is named");
        }
    }
    for my $q ('sort=id;DROP', 'sort=(select%20sleep(5))', 'sort=', 'limit=0', 'limit=201', 'limit=-1', 'limit=1e3', 'cursor=x', 'cursor=1', 'cursor=1-', 'cursor=1-0', 'cursor=1-1', 'cursor=9999999999999999-1') {
        my $a = ask("/stats/chats.json?$span&$q");
        is($a->{status}, 400, $q);
        is($a->{json}{errors}[0]{field}, (split /=/, $q)[0]);
    }
    is(ask("/stats/summary.json?$_")->{status}, 400, $_) for 'op=)%20OR%201=1', 'sort=cdate', 'limit=5', 'from=-7d&from=-8d', 'from[]=-7d', 'token=x', 'from=2026-11-18&to=2026-11-18', 'from=2026-11-19&to=2026-11-18', 'to=2020-01-01';
    is(ask("/stats/live.json?$_")->{status}, 400, $_) for 'from=-7d', 'group=day';
    is(ask('/stats/agents.json?by=category')->{status}, 400);
    is(ask('/stats/agents.json?by=agent')->{status}, 200);
    is(ask('/stats/hours.json?group=day')->{status}, 400);
    my $a = ask('/stats/summary.json?from=2020-01-01&group=hour');
    is($a->{status}, 400, 'too many rows');
    is($a->{json}{errors}[0]{field}, 'group');
    is(ask('/stats/summary.html?from=&to=')->{status}, 200, 'date fields that nobody filled in');
};
subtest 'relative and default times' => sub {
    my $j = ask('/stats/summary.json?from=-7d&to=-0d&tz=UTC')->{json};
    like($j->{from}, qr/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    substr($j->{$_}, 0, 10) =~ /(\d+)-(\d+)-(\d+)/ or fail($_) for qw(from to);
    is(substr($j->{from}, 10), substr($j->{to}, 10), 'the same time of day');
    $j = ask('/stats/summary.json')->{json};
    like($j->{$_}, qr/T15:00:00\.000Z$/, "$_ is a midnight in Seoul") for qw(from to);
};
subtest 'format by Accept' => sub {
    my %want = ('text/csv' => 'text/csv', 'text/html,application/xhtml+xml,*/*;q=0.8' => 'text/html', '*/*' => 'application/json', 'text/plain' => 'text/plain', 'text/*' => 'text/csv',
                'application/json;q=0.2, text/csv;q=0.3' => 'text/csv', 'text/*;q=0.9, text/csv;q=0' => 'text/html', 'image/png' => 'application/json', 'text/csvx' => 'application/json');
    for (sort keys %want) {
        my $a = ask("/stats/summary?$span", env => {HTTP_ACCEPT => $_});
        like($a->{head}{'content-type'}, qr/^\Q$want{$_}\E/, $_);
        like($a->{head}{vary}, qr/Accept/);
    }
    like(ask("/stats/summary?$span")->{head}{'content-type'}, qr/json/, 'none');
};
subtest 'ETag' => sub {
    for my $format (qw(json csv html txt)) {
        my $a = ask("/stats/summary.$format?$span");
        my $tag = $a->{head}{etag};
        like($tag, qr/^W\/"[0-9a-f]{16}"$/, $format);
        my $b = ask("/stats/summary.$format?$span", env => {HTTP_IF_NONE_MATCH => qq{"x", $tag}});
        is($b->{status}, 304, $format);
        is($b->{body}, '');
        is($b->{head}{etag}, $tag);
        is(ask("/stats/summary.$format?$span", env => {HTTP_IF_NONE_MATCH => '"x"'})->{status}, 200);
    }
    my $tag = ask("/stats/summary.json?$span")->{head}{etag};
    sql("UPDATE chat_message SET cdate = cdate + INTERVAL 2 SECOND WHERE session_no = 7 AND seq = 3");
    is(ask("/stats/summary.json?$span", env => {HTTP_IF_NONE_MATCH => $tag})->{status}, 200, 'other figures');
};
subtest 'help' => sub {
    my $t = ask('/stats/help.txt')->{body};
    like($t, qr/^\Q$_\E \(/m, $_) for @figures, qw(chats missed abandoned dropped);
    like(ask('/stats/help')->{body}, qr{<code>frt_s</code>});
    is(ask('/stats')->{status}, 303);
    is(ask('/stats/')->{status}, 200);
};
subtest 'the database is away' => sub {
    rename($ENV{SANGDAM_DB_SOCKET}, "$ENV{SANGDAM_DB_SOCKET}.off");
    my $a = ask('/stats/summary.json');
    rename("$ENV{SANGDAM_DB_SOCKET}.off", $ENV{SANGDAM_DB_SOCKET});
    is($a->{status}, 503);
    ok($a->{head}{'retry-after'});
};
done_testing();
