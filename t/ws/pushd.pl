# Plays all cases against the echo path of a pushd of the test's own. The TAP is run.mjs's.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../stomp/lib";
use Pushd;

my $pushd = Pushd->start(debug_echo_path => '/conformance/echo');
my $status = system 'node', "$FindBin::Bin/run.mjs", '--mode', 'whole,bytes,cuts,early', @ARGV, '--unix', $pushd->socket, 'ws://localhost/conformance/echo';
my $left = $pushd->stop;
print "# pushd ended with status $left\n", $left ? $pushd->log : '';
exit($status || $left ? 1 : 0);
