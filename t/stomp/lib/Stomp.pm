# Stomp: a raw WebSocket and STOMP client over pushd's UNIX socket, or through nginx (host:port), for tests that look at bytes. Waits for conditions, with a ceiling.
package Stomp;
use strict;
use warnings;
use utf8;
use Encode ();
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use JSON::PP ();
use MIME::Base64 ();
use Time::HiRes ();

our $PATIENCE = $ENV{SANGDAM_TEST_PATIENCE} || 15; # seconds

sub new {
    my ($class, $path) = @_;
    my $socket = $path =~ m{^/} ? IO::Socket::UNIX->new(Peer => $path) : IO::Socket::INET->new(PeerAddr => $path);
    $socket or die "connect $path: $!";
    return bless {socket => $socket, in => '', frames => [], stomp => ''}, $class;
}

# Sends a request head and returns (status, head text); bytes behind the head stay in the buffer.
sub request {
    my ($self, @lines) = @_;
    $self->put(join("\r\n", @lines) . "\r\n\r\n");
    my $end = Time::HiRes::time() + $PATIENCE;
    until ($self->{in} =~ /\r\n\r\n/) {
        $self->fill($end) or last;
    }
    $self->{in} =~ s/^(.*?\r\n\r\n)//s or return (0, $self->{in});
    my $head = $1;
    my ($status) = $head =~ m{^HTTP/1\.[01] (\d+)};
    return ($status, $head);
}

sub upgrade {
    my ($self, %h) = @_;
    my $path = delete $h{path} || '/ws';
    my $first = delete $h{first};
    my %all = ('Host' => 'localhost', 'Upgrade' => 'websocket', 'Connection' => 'Upgrade', 'Sec-WebSocket-Version' => 13,
        'Sec-WebSocket-Key' => 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Protocol' => 'v12.stomp', %h);
    my @lines = ("GET $path HTTP/1.1", map { "$_: $all{$_}" } grep { defined $all{$_} } sort keys %all);
    $self->put(join("\r\n", @lines) . "\r\n\r\n" . ($first // '')) if defined $first;
    return defined $first ? $self->request_answer() : $self->request(@lines);
}

sub request_answer {
    my $self = shift;
    my $end = Time::HiRes::time() + $PATIENCE;
    until ($self->{in} =~ /\r\n\r\n/) { $self->fill($end) or last }
    $self->{in} =~ s/^(.*?\r\n\r\n)//s or return (0, '');
    my $head = $1;
    return ($head =~ m{^HTTP/1\.[01] (\d+)}, $head);
}

# Connected and signed in: a new client ready to subscribe.
sub connect_as {
    my ($class, $path, $cookie, %h) = @_;
    my $self = $class->new($path);
    my ($status) = $self->upgrade(defined $cookie ? (Cookie => "sid=$cookie") : ());
    die "upgrade: $status" unless $status == 101;
    $self->stomp('CONNECT', {'accept-version' => '1.2', host => 'localhost', 'heart-beat' => '0,0', %h});
    my $f = $self->frame;
    die 'CONNECT: ' . ($f ? "$f->{command} " . ($f->{headers}{message} // '') : 'nothing') unless $f && $f->{command} eq 'CONNECTED';
    $self->{connected} = $f;
    return $self;
}

sub put {
    my ($self, $bytes) = @_;
    my $at = 0;
    while ($at < length $bytes) {
        my $n = syswrite $self->{socket}, $bytes, length($bytes) - $at, $at;
        return 0 unless defined $n;
        $at += $n;
    }
    return 1;
}

# One masked WebSocket frame.
sub ws_bytes {
    my ($opcode, $payload, %o) = @_;
    my $fin = ($o{more} ? 0 : 0x80) | ($o{rsv} // 0);
    my $n = length $payload;
    my $mask = $o{unmasked} ? 0 : 0x80;
    my $head = pack('C', $fin | $opcode);
    $head .= $n < 126 ? pack('C', $mask | $n) : $n < 65536 ? pack('Cn', $mask | 126, $n) : pack('CQ>', $mask | 127, $n);
    return $head . $payload if $o{unmasked};
    my $key = "\x37\xfa\x21\x3d";
    my $masked = $payload ^ substr($key x (int($n / 4) + 1), 0, $n);
    return $head . $key . $masked;
}

sub ws { my ($self, $opcode, $payload, %o) = @_; return $self->put(ws_bytes($opcode, $payload, %o)) }

sub stomp_bytes {
    my ($command, $headers, $body) = @_;
    my $s = "$command\n" . join('', map { "$_:$headers->{$_}\n" } sort keys %$headers) . "\n" . ($body // '') . "\0";
    return Encode::encode('UTF-8', $s);
}

sub stomp { my ($self, $command, $headers, $body) = @_; return $self->ws(1, stomp_bytes($command, $headers, $body)) }

sub send_json {
    my ($self, $destination, $data, %h) = @_;
    return $self->stomp('SEND', {destination => $destination, %h}, Encode::decode('UTF-8', JSON::PP->new->utf8->canonical->encode($data)));
}

# Reads once; 0 at the end or when time is over.
sub fill {
    my ($self, $end) = @_;
    my $left = $end - Time::HiRes::time();
    return 0 if $left <= 0 || !IO::Select->new($self->{socket})->can_read($left);
    my $n = sysread $self->{socket}, my $bytes, 65536;
    $self->{eof} = 1 unless $n;
    $self->{was_reset} = 1 unless defined $n;
    return 0 unless $n;
    $self->{in} .= $bytes;
    return 1;
}

# Takes one WebSocket frame from the buffer: [opcode, payload], or undef.
sub take_ws {
    my $self = shift;
    my $in = \$self->{in};
    return undef if length $$in < 2;
    my ($a, $b) = unpack 'CC', $$in;
    my ($n, $head) = ($b & 127, 2);
    if ($n == 126) { return undef if length $$in < 4; $n = unpack 'x2n', $$in; $head = 4 }
    elsif ($n == 127) { return undef if length $$in < 10; $n = unpack 'x2Q>', $$in; $head = 10 }
    return undef if length $$in < $head + $n;
    my $payload = substr $$in, $head, $n;
    substr $$in, 0, $head + $n, '';
    return [$a & 15, $payload];
}

sub take_stomp {
    my $self = shift;
    while ($self->{stomp} =~ s/^\n//) { $self->{beats}++ }
    return undef unless $self->{stomp} =~ /\n\n/;
    my $end = $+[0];
    my ($command, @lines) = split /\n/, substr($self->{stomp}, 0, $end - 2);
    my %h;
    for (@lines) {
        my ($name, $value) = /^([^:]*):(.*)$/s or next;
        unless ($command eq 'CONNECTED') { my %u = ('n' => "\n", 'r' => "\r", 'c' => ':', '\\' => '\\'); $value =~ s/\\(.)/$u{$1} \/\/ die "escape $1"/ge }
        $h{$name} //= Encode::decode('UTF-8', $value);
    }
    my $n = $h{'content-length'} // index($self->{stomp}, "\0", $end) - $end;
    return undef if $n < 0 || length $self->{stomp} < $end + $n + 1;
    my $body = substr $self->{stomp}, $end, $n;
    substr $self->{stomp}, 0, $end + $n + 1, '';
    my $f = {command => $command, headers => \%h, body => $body};
    $f->{json} = eval { JSON::PP->new->utf8->decode($body) } if ($h{'content-type'} // '') =~ /json/;
    return $f;
}

# The next STOMP frame; {command => 'CLOSE', code, reason} for a WebSocket close, 'END' for the end of the connection; undef when time is over.
sub frame {
    my ($self, $patience) = @_;
    my $end = Time::HiRes::time() + ($patience // $PATIENCE);
    while (1) {
        my $f = $self->take_stomp;
        return $f if $f;
        my $took = 0;
        while (my $ws = $self->take_ws) {
            my ($opcode, $payload) = @$ws;
            if ($opcode == 9) { $self->{pings}++; $self->ws(10, $payload) unless $self->{deaf}; next }
            if ($opcode == 10) { push @{$self->{pongs}}, $payload; next }
            if ($opcode == 8) {
                my ($code, $reason) = length $payload >= 2 ? (unpack('n', $payload), substr($payload, 2)) : (1005, '');
                return {command => 'CLOSE', code => $code, reason => $reason, headers => {}};
            }
            push @{$self->{messages}}, $payload;
            $self->{stomp} .= $payload;
            $took = 1;
            last;
        }
        next if $took;
        unless ($self->fill($end)) {
            return $self->{eof} ? {command => 'END', headers => {}} : undef;
        }
    }
}

# The first frame that want() likes, of those passed over before or of those to come. The ones passed over are kept in $self->{passed}.
sub until {
    my ($self, $want, $patience) = @_;
    my $passed = $self->{passed} ||= [];
    for my $i (0 .. $#$passed) {
        return splice @$passed, $i, 1 if $want->($passed->[$i]);
    }
    my $end = Time::HiRes::time() + ($patience // $PATIENCE);
    while ((my $left = $end - Time::HiRes::time()) > 0) {
        my $f = $self->frame($left) or return undef;
        return $f if $want->($f);
        return undef if $f->{command} eq 'END';
        push @{$self->{passed}}, $f;
    }
    return undef;
}

sub receipt { my ($self, $id) = @_; return $self->until(sub { $_[0]{command} eq 'RECEIPT' && $_[0]{headers}{'receipt-id'} eq $id }) }

sub subscribe {
    my ($self, $id, $destination, %h) = @_;
    $self->stomp('SUBSCRIBE', {id => $id, destination => $destination, receipt => "sub-$id", %h});
    return $self->receipt("sub-$id");
}

sub leave { my $self = shift; close $self->{socket} }

1;
