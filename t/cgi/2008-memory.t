#!/usr/bin/perl
# Every allocation of a request fails once, one after the other: the program answers 503, or nothing, and never ends by a signal; what it stored it stored once, and the
# same request without the fault is answered as ever.
use strict;
use warnings;
use utf8;
use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../lib";
use List::Util qw(shuffle);
use Test::More;
use Door;
use Failnth;

use constant {MOST => 40, LAST => 30}; # tries of a row: so many over all of it, and each of the last, which are the answer's own

Door::with_database();
my $failnth = Failnth->make or plan skip_all => 'a sanitizer wants to be the first library';
my $door = Door->new(limits => 'off');
my ($customer, $agent) = ($door->member('memory customer', 1), $door->member('memory agent', 2));
my $id = $door->ask('chat', 'POST', '/api/chat/session', as => $customer, json => {categoryId => 200})->{json}{data}{sessionId};
is $door->ask('agent', 'POST', "/api/admin/chat/sessions/$id/accept", as => $agent, json => {})->{status}, 200;

# How many allocations a program makes until it has read its templates, and is ready for a request.
sub began {
    my $program = shift;
    local %ENV = (%ENV, $failnth->environment);
    $failnth->memory_at(1 << 30);
    system("$Door::build/cgi/$program.fcgi -c '$door->{conf}' -t >/dev/null") == 0 or die 'no start';
    return (1 << 30) - $failnth->left;
}

# name, program, method, path, what it sends, good statuses
my @rows = (
    ['a message', 'chat', 'POST', "/api/chat/sessions/$id/messages", sub { (json => {content => '안녕하세요', clientMessageId => $_[0]}) }, {201 => 1, 200 => 1}],
    ['a list of messages', 'chat', 'GET', "/api/chat/sessions/$id/messages", sub { () }, {200 => 1}],
    ['a page', 'chat', 'GET', "/chat/$id", sub { (by => 'cookie') }, {200 => 1}],
    ['a talk as text', 'chat', 'GET', "/chat/$id/transcript.txt", sub { (by => 'cookie') }, {200 => 1}],
    ['a talk to print', 'chat', 'GET', "/chat/$id/transcript.html", sub { (by => 'cookie') }, {200 => 1}],
);
for my $row (@rows) {
    my ($name, $program, $method, $path, $sends, $good) = @$row;
    my @options = (as => $customer, head => {$failnth->environment}, $sends->(Door::uuid()));
    $failnth->memory_at(1 << 30);
    my $fine = $door->ask($program, $method, $path, @options);
    ok $good->{$fine->{status}}, "$name: $fine->{status}";
    my $count = (1 << 30) - $failnth->left;
    my $start = began($program);
    note "$start allocations until it is ready";
    my $step = 1 + int(($count - $start) / MOST); # not each of thousands
    my (%answers, @signals, @strange);
    my @tries = grep { ($_ - $start) % $step == 0 || $_ > $count - LAST } $start + 1 .. $count;
    for my $n (@tries) {
        my $key = Door::uuid();
        my @asks = (as => $customer, $sends->($key));
        $failnth->memory_at($n);
        my $answer = eval { $door->ask($program, $method, $path, head => {$failnth->environment}, @asks) };
        my $signal = $? & 127;
        $failnth->memory_at(0);
        push @signals, "$n: $signal" if $signal;
        my $status = $answer ? $answer->{status} || '?' : 'nothing';
        $answers{$status}++;
        push @strange, "$n: $status" unless $good->{$status} || $status eq '503' || $status eq 'nothing';
        next if $method eq 'GET';
        my $again = $door->ask($program, $method, $path, @asks);
        push @strange, "$n: again $again->{status}" unless $good->{$again->{status}};
    }
    is_deeply \@signals, [], "$name: none of $count allocations ends the program by a signal when it fails";
    is_deeply \@strange, [], 'answers: ' . join ', ', map { "$answers{$_} times $_" } sort keys %answers;
    cmp_ok keys %answers, '>', 1, 'not all went well';
}
my ($all, $keys) = map { $_->[0] } $door->sql("SELECT COUNT(*) FROM chat_message WHERE session_id = '$id' AND client_message_id IS NOT NULL UNION ALL"
    . " SELECT COUNT(DISTINCT client_message_id) FROM chat_message WHERE session_id = '$id'");
is $all, $keys, 'each message is stored once';
my @seqs = map { $_->[0] } $door->sql("SELECT seq FROM chat_message WHERE session_id = '$id' ORDER BY seq");
is_deeply \@seqs, [1 .. @seqs], 'without a hole';

# ---- a system row is stored with all that it says, or not at all ----
my (%accepts, $accept_count);
sub wait_for_agent {
    my $who = $door->member("start $_[0]", 1);
    return $door->ask('chat', 'POST', '/api/chat/session', as => $who, json => {categoryId => 200})->{json}{data}{sessionId} || die 'no chat';
}
my $start = began('agent');
$failnth->memory_at(1 << 30);
is $door->ask('agent', 'POST', '/api/admin/chat/sessions/' . wait_for_agent('whole') . '/accept', as => $agent, head => {$failnth->environment}, json => {})->{status}, 200, 'accept';
$accept_count = (1 << 30) - $failnth->left;
my $end = time + 20;
for my $n (shuffle $start + 1 .. $accept_count) {
    last if time > $end;
    my $waiting = wait_for_agent($n);
    $failnth->memory_at($n);
    my $answer = eval { $door->ask('agent', 'POST', "/api/admin/chat/sessions/$waiting/accept", as => $agent, head => {$failnth->environment}, json => {}) };
    $failnth->memory_at(0);
    $accepts{$answer ? $answer->{status} || '?' : 'nothing'}++;
}
note 'accepts: ' . join ', ', map { "$accepts{$_} times $_" } sort keys %accepts;
cmp_ok $accepts{200} // 0, '>', 0, 'some accepts go through';
cmp_ok $accepts{503} // 0, '>', 0, 'some are put off';
is_deeply [$door->sql("SELECT session_no, seq FROM chat_message WHERE kind = 'START' AND JSON_VALUE(args, '\$.name') IS NULL")], [], "each START row names its agent, whichever of $accept_count allocations fails";
is_deeply [$door->sql("SELECT s.session_no FROM chat_session s WHERE s.status_id = 2 AND NOT EXISTS (SELECT 1 FROM chat_message m WHERE m.session_no = s.session_no AND m.kind = 'START')")], [], 'and whoever was taken has one';
done_testing;
