#!/usr/bin/perl
# The cookie of a sign-in inside another site's page: over https __Host-sid, SameSite=None; Partitioned; elsewhere as ever.
use strict;
use warnings;
use utf8;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Door;

Door::with_database();
my $door = Door->new(limits => 'off');
$door->sql("INSERT INTO site (site_key, name, origins, cdate, udate) VALUES ('shop', 'Shop', 'https://shop.example', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))");

sub cookie_of {
    my ($uri, %more) = @_;
    my $answer = $door->ask('chat', 'POST', $uri, form => {categoryId => 200, name => 'Visitor'}, %more);
    is $answer->{status}, 303, "$uri goes on";
    return $answer->{head}{'set-cookie'} // '';
}

my %https = (head => {HTTPS => 'on'}, origin => "https://$Door::host");
my $cookie = cookie_of('/frame/shop/', %https);
like $cookie, qr/^__Host-sid=[\w-]{43}; Path=\/; HttpOnly; SameSite=None; Partitioned; Max-Age=\d+; Secure$/, 'framed, over https';
like cookie_of('/', %https), qr/^__Host-sid=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+; Secure$/, 'by itself, over https';
like cookie_of('/frame/shop/', origin => "http://$Door::host"), qr/^sid=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/, 'framed, over http: there is no SameSite=None without Secure';
my ($value) = $cookie =~ /^__Host-sid=([\w-]+)/;
my $again = $door->ask('chat', 'GET', '/frame/shop/', head => {HTTPS => 'on', HTTP_COOKIE => "__Host-sid=$value"});
like $again->{head}{location}, qr{^/frame/shop/chat/}, 'and it is read there';
# Where the chat lives under the host's own site the browser sends both kinds: a sign-in of one takes the other away, and takes it away first.
my $both = cookie_of('/', origin => "https://$Door::host", head => {HTTPS => 'on', HTTP_COOKIE => '__Host-sid=' . 'x' x 43});
like $both, qr/^__Host-sid=; Path=\/; HttpOnly; SameSite=None; Partitioned; Max-Age=0; Secure\n__Host-sid=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; /, 'by itself, with an old cookie: the frame loses its own';
like cookie_of('/frame/shop/', origin => "https://$Door::host", head => {HTTPS => 'on', HTTP_COOKIE => '__Host-sid=' . 'x' x 43}), qr/^__Host-sid=; Path=\/; HttpOnly; SameSite=Lax; Max-Age=0; Secure\n__Host-sid=[\w-]{43}; Path=\/; HttpOnly; SameSite=None; Partitioned/, 'framed: the other way round';
for (['/', qr/^__Host-sid=; Path=\/; HttpOnly; SameSite=None; Partitioned; Max-Age=0; Secure$/], ['/frame/shop/', qr/^__Host-sid=; Path=\/; HttpOnly; SameSite=Lax; Max-Age=0; Secure$/]) {
    my $twice = $door->ask('chat', 'GET', $_->[0], head => {HTTPS => 'on', HTTP_COOKIE => '__Host-sid=a; __Host-sid=b'});
    is $twice->{status}, 400, 'both at once are refused';
    like $twice->{head}{'set-cookie'}, $_->[1], 'once';
}
is $door->ask('chat', 'GET', '/', head => {HTTP_COOKIE => 'sid=a; sid=b'})->{head}{'set-cookie'}, undef, 'over http there is one kind alone';
done_testing;
