#!/usr/bin/perl
# The matrix of rights, t/cgi/rights.matrix, against the programs: each route in it, each row as it says, and a refusal tells nothing of the chat.
use strict;
use warnings;
use utf8;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Door;

Door::with_database();
my $door = Door->new(limits => 'off');
my @readers = qw(out gues cust strg agnt coll supr admn none);
my %gubun = (gues => 4, cust => 1, strg => 1, agnt => 2, coll => 2, supr => 5, admn => 3);
my %member = map { $_ => $door->member("Name$_", $gubun{$_}) } sort keys %gubun;
my $marker = 'marker-4711-of-the-foreign-chat';
my %status_id = (WAITING => 1, ACTIVE => 2, COMPLETED => 3, DISCONNECTED => 4);
my $id = $door->ask('chat', 'POST', '/api/chat/session', as => $member{cust}, json => {categoryId => 200, title => $marker})->{json}{data}{sessionId};
my ($no) = map { $_->[0] } $door->sql("SELECT session_no FROM chat_session WHERE session_id = '$id'");
my ($file) = map { $_->[0] } $door->sql("INSERT INTO attachment (session_no, member_id, storage_name, name, size, content_type, sha256, cdate) VALUES"
    . " ($no, $member{cust}{id}, REPEAT('a', 43), '$marker.txt', 5, 'text/plain', REPEAT('x', 32), UTC_TIMESTAMP(3)) RETURNING file_id");
open my $stored, '>', "$door->{dir}/files/" . 'a' x 43 or die $!;
print $stored 'hello';
close $stored or die $!;
my %bodies = (
    request => [json => {categoryId => 201}], popup => [json => {category => 'ORDER'}], text => [json => {content => 'a'}], read => [json => {}],
    away => [json => {state => 'INACTIVE'}], end => [json => {exitReasonId => 144}], status => [json => {status => 'COMPLETED'}], ids => [json => [$id]],
    start => [form => {categoryId => 200, name => 'Visitor'}], say => [form => {content => 'a'}], note => [form => {note => 'a'}], rate => [json => {score => 4}], rateform => [form => {score => 4, comment => 'a'}], endform => [form => {exitReasonId => 144}],
    tag => [json => {tag => 'a'}], tagform => [form => {tag => 'a'}], block => [json => {days => 1, reason => 'a'}], blockform => [form => {days => 1, reason => 'a'}],
    hold => [json => {minutes => 5}], holdform => [form => {minutes => 5}],
    push => [json => {endpoint => 'https://push.example.org/x', p256dh => 'x', auth => 'x'}],
    canned => [json => {scope => 'PERSONAL', shortcut => 'a', title => 'a', content => 'a'}], shared => [json => {scope => 'SHARED', shortcut => 'a', title => 'a', content => 'a'}],
    state => [json => {state => 'ONLINE'}],
    canform => [form => {scope => 'PERSONAL', shortcut => 'a', title => 'a', content => 'a'}],
    secret => [form => {secret => 'x'}], mail => [form => {email => 'a\@example.org'}],
    login => [json => {email => 'nobody@example.com', password => 'wrong-password'}], signup => [json => {email => 'x', password => 'y', nickname => 'z'}],
    guest => [json => {nickname => 'admin'}], signin => [form => {email => 'nobody@example.com', password => 'wrong-password'}],
    signupform => [form => {email => 'x', password => 'y', nickname => 'z'}], guestform => [form => {nickname => 'admin'}], lang => [form => {lang => 'en', next => '/'}],
    file => [type => 'multipart/form-data; boundary=line',
        body => "--line\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nhello\r\n--line--\r\n"],
    site => [form => {siteKey => 'shop', name => 'Shop', origins => 'https://shop.example'}], sitechange => [form => {name => 'Shop', origins => 'https://shop.example'}],
    export => [json => {purpose => 'a'}], exportform => [form => {purpose => 'a'}],
    notag => [json => {tag => ' '}], tagform => [form => {tag => 'a'}], retireform => [form => {retired => 'true'}],
    empty => [form => {}], word => [json => {siteKey => 'nosuch', jwt => 'a.b.c'}], '-' => [],
);

# The chat as a row wants it, whatever an earlier request made of it, and nobody else with an open one.
sub reset_chat {
    my ($state) = @_;
    my $admin = $state eq 'WAITING' ? 'NULL' : $member{agnt}{id};
    my $grace = $state eq 'DISCONNECTED' ? "UTC_TIMESTAMP(3) + INTERVAL 1 HOUR" : 'NULL';
    my $end = $state eq 'COMPLETED' ? "UTC_TIMESTAMP(3), exit_reason_id = 144, ended_by = 'M'" : "NULL, exit_reason_id = NULL, ended_by = NULL";
    $door->sql("UPDATE attachment SET session_no = $no; DELETE FROM chat_message; DELETE FROM internal_note; DELETE FROM rating; DELETE FROM canned_reply; DELETE FROM session_tag; DELETE FROM block_entry; DELETE FROM attachment WHERE file_id <> $file;"
        . "DELETE FROM chat_session WHERE session_no <> $no;"
        . "UPDATE chat_session SET status_id = $status_id{$state}, admin_id = $admin, accept_time = IF(admin_id IS NULL, NULL, cdate), end_time = $end, message_count = 1,"
        . " member_grace_until = $grace, admin_grace_until = NULL WHERE session_no = $no;"
        . "INSERT INTO chat_message (session_no, seq, session_id, sender_id, sender_type, content, cdate) VALUES"
        . " ($no, 1, '$id', $member{cust}{id}, 'M', '$marker', UTC_TIMESTAMP(3));"
        . join '', map { Door::sign_in_sql($_) } values %member);
}

sub ask_as {
    my ($program, $method, $route, $reader, $body) = @_;
    my $asker = $reader eq 'out' ? undef : $reader eq 'none' ? ($route =~ m{^(/api)?/chat/} ? 'cust' : 'agnt') : $reader;
    my $object = $route =~ m{/files/} ? ($reader eq 'none' ? $file + 1000 : $file) : $reader eq 'none' ? Door::uuid() : $id;
    (my $uri = $route) =~ s/\{id\}/$object/;
    $uri =~ s/\{seq\}/1/;
    $uri =~ s/\{\w+\}/nosuch/;
    my @origin = $asker ? () : (origin => "http://$Door::host");
    return $door->ask($program, $method, $uri, $asker ? (as => $member{$asker}) : (), @origin, @{$bodies{$body}});
}

# ---- the table ----
my (@rows, %in_matrix);
open my $in, '<', "$Door::src/t/cgi/rights.matrix" or die $!;
while (<$in>) {
    next if /^\s*(#|$)/;
    my ($method, $route, $state, $body, @wanted) = split;
    die "rights.matrix:$.: " . scalar(@wanted) . " columns" if @wanted != @readers || !$bodies{$body} || !$status_id{$state};
    $in_matrix{"$method $route"} = 1;
    push @rows, [$method, $route, $state, $body, \@wanted];
}

my %program_of;
for my $program (grep { -x "$Door::build/cgi/$_.fcgi" } qw(chat agent account file stats)) {
    open my $out, '-|', "$Door::build/cgi/$program.fcgi", '--routes' or die $!;
    while (<$out>) {
        my ($method, $route) = split;
        $program_of{"$method $route"} = $program;
        ok $in_matrix{"$method $route"}, "$method $route of $program.fcgi stands in the matrix";
    }
}

for my $row (@rows) {
    my ($method, $route, $state, $body, $wanted) = @$row;
    my $is_dirty = 1;
    my $program = $program_of{"$method $route"} or next;
    my (@got, @leaks);
    for my $i (0 .. $#readers) {
        push(@got, $wanted->[$i]), next if $wanted->[$i] =~ /^[-*]$/;
        reset_chat($state) if $is_dirty;
        my $answer = ask_as($program, $method, $route, $readers[$i], $body);
        $is_dirty = $method ne 'GET' && $answer->{status} < 400; # what was refused changed nothing: the rows after it would show
        push @got, $answer->{status};
        push @leaks, $readers[$i] if $answer->{status} >= 300 && index($answer->{body}, $marker) >= 0 && $readers[$i] !~ /^(cust|agnt|supr|admn)$/;
    }
    is "@got", "@$wanted", "$method $route ($state): @readers";
    is "@leaks", '', 'and no refusal shows what the chat holds';
}

done_testing;
