# SockJs: requests of a SockJS client that polls.
package SockJs;
use strict;
use warnings;
use Encode ();
use Exporter 'import';
use JSON::PP ();
use Stomp;
use Time::HiRes ();

our @EXPORT = qw(post ask finish so_far say);
our $path; # pushd's socket

# A request with a body on a connection of its own, whose answer finish() reads.
sub post { return ask('POST', @_) }

sub ask {
    my ($method, $url, $body, @headers) = @_;
    my $c = Stomp->new($path);
    my $bytes = Encode::encode('UTF-8', $body // '');
    $c->put(join("\r\n", "$method $url HTTP/1.1", 'Host: localhost', 'Connection: close', 'Content-Length: ' . length $bytes, @headers) . "\r\n\r\n$bytes");
    return $c;
}

# Status, body and head of the answer; was it whole?
sub finish {
    my $c = shift;
    my $end = Time::HiRes::time() + $Stomp::PATIENCE;
    1 while $c->fill($end);
    return so_far($c);
}

# The same of what has come by now: a streaming answer need not end.
sub so_far {
    my $c = shift;
    my $is_whole = 0;
    my ($head, $body) = split /\r\n\r\n/, $c->{in}, 2;
    my ($status) = ($head // '') =~ m{^HTTP/1.1 (\d+)};
    if (($head // '') =~ /^Transfer-Encoding: chunked/mi) {
        my $plain = '';
        while ($body =~ s/^([0-9a-fA-F]+)\r\n//) { my $n = hex $1 or ++$is_whole, last; $plain .= substr $body, 0, $n, ''; $body =~ s/^\r\n// }
        $body = $plain;
    } else {
        $is_whole = 1;
    }
    return ($status, $body // '', $head, $is_whole);
}

# A STOMP frame as xhr_send takes it.
sub say { my ($command, $headers, $body) = @_; return JSON::PP->new->encode([Encode::decode('UTF-8', Stomp::stomp_bytes($command, $headers, $body))]) }

1;
