# Who of the staff is connected stands in the database while they are, and no longer.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Pushd;
use Stomp;

my $pushd = Pushd->start;
my ($customer, $agent, $boss) = ($pushd->member(1), $pushd->member(2), $pushd->member(5));
my $online = sub { join ' ', sort { $a <=> $b } split /\n/, $pushd->sql('SELECT member_id FROM staff_online WHERE seen >= UTC_TIMESTAMP(3) - INTERVAL 60 SECOND') };
is($online->(), '', 'nobody');
my $c = Stomp->connect_as($pushd->socket, $customer->{cookie});
my $a = Stomp->connect_as($pushd->socket, $agent->{cookie});
my $b = Stomp->connect_as($pushd->socket, $boss->{cookie});
ok($pushd->wait_for(sub { $online->() eq "$agent->{id} $boss->{id}" }), 'the agent and the supervisor, not the customer') or diag $online->();
my $second = Stomp->connect_as($pushd->socket, $agent->{cookie});
undef $a;
undef $b;
ok($pushd->wait_for(sub { $online->() eq "$agent->{id}" }), 'who left is gone; who has another tab is not') or diag $online->();
undef $second;
ok($pushd->wait_for(sub { $online->() eq '' }), 'nobody again') or diag $online->();
done_testing();
