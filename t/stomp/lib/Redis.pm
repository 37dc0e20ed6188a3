# Redis: a redis-server of the test's own on a UNIX socket, and commands to it.
package Redis;
use strict;
use warnings;
use File::Temp ();
use IO::Socket::UNIX;
use POSIX ();
use Time::HiRes ();

sub is_here { return grep { -x "$_/redis-server" } split /:/, $ENV{PATH} }

sub start {
    my $class = shift;
    my $self = bless {dir => File::Temp::tempdir(CLEANUP => 1)}, $class;
    $self->run;
    return $self;
}

sub socket { return "$_[0]{dir}/redis.sock" }

sub run {
    my $self = shift;
    my $pid = fork // die $!;
    if (!$pid) {
        open STDOUT, '>>', "$self->{dir}/log" or die $!;
        open STDERR, '>&', \*STDOUT;
        exec 'redis-server', '--port', 0, '--unixsocket', $self->socket, '--save', '', '--appendonly', 'no', '--dir', $self->{dir} or POSIX::_exit(127);
    }
    $self->{pid} = $pid;
    for (1 .. 600) {
        return if ($self->ask('PING') // '') eq '+PONG';
        if (waitpid($pid, POSIX::WNOHANG()) == $pid) { $self->{pid} = 0; die 'redis-server ended' }
        select undef, undef, undef, 0.05;
    }
    die 'redis-server is not ready';
}

sub say_to {
    my ($self, @words) = @_;
    my $s = IO::Socket::UNIX->new(Peer => $self->socket) or return undef;
    print {$s} '*' . @words . "\r\n" . join '', map { '$' . length($_) . "\r\n$_\r\n" } @words;
    return $s;
}

# One command, its words as bytes; the first line of the answer.
sub ask {
    my $s = say_to(@_) or return undef;
    my $line = readline $s;
    return undef unless defined $line;
    $line =~ s/\r\n\z//;
    return $line;
}

# One command whose answer is a text; '' when it is none.
sub text {
    my $s = say_to(@_) or return '';
    my ($size) = (readline($s) // '') =~ /^\$(\d+)/ or return '';
    my $text;
    read $s, $text, $size;
    return $text;
}

sub signal { my ($self, $name) = @_; return kill $name, $self->{pid} }

sub stop {
    my ($self, $signal) = @_;
    return unless $self->{pid};
    kill $signal || 'TERM', $self->{pid};
    waitpid $self->{pid}, 0;
    $self->{pid} = 0;
    unlink $self->socket;
}

sub DESTROY { my $self = shift; local $?; $self->stop('KILL') if $self->{pid} }

1;
