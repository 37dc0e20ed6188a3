# Plays all cases against the echo path of a pushd of the test's own, with --nginx through an nginx of its own. The TAP is run.mjs's.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../stomp/lib";
use Nginx;
use Pushd;

# Clients that write behind their own close frame: the end is due then, and nginx resets what it has not read.
my $talkers = '7.1.2,7.1.3,7.1.4,7.1.5,x.10';
my $through_nginx = @ARGV && $ARGV[0] eq '--nginx' && shift;
my $pushd = Pushd->start(debug_echo_path => '/ws/echo');
my $nginx = $through_nginx && Nginx->start($pushd->socket);
my @target = $nginx ? ('--mode', 'whole,bytes,cuts', '--reset-in', $talkers, @ARGV, 'ws://' . $nginx->address . '/ws/echo')
    : ('--mode', 'whole,bytes,cuts,early', @ARGV, '--unix', $pushd->socket, 'ws://localhost/ws/echo');
my $status = system 'node', "$FindBin::Bin/run.mjs", @target;
my $left = $pushd->stop;
print "# pushd ended with status $left\n", $left ? $pushd->log : '';
exit($status || $left ? 1 : 0);
