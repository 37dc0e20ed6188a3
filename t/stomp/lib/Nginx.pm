# Nginx: an nginx of the test's own, with the routes that we ship, in front of a pushd of the test's own. Nothing else is behind it.
package Nginx;
use strict;
use warnings;
use Cwd ();
use File::Basename qw(basename);
use File::Temp ();
use IO::Socket::INET;
use POSIX ();

sub is_here { return grep { -x "$_/nginx" } split(/:/, $ENV{PATH}), '/usr/sbin' }

sub slurp { open my $f, '<', $_[0] or die "$_[0]: $!"; local $/; return scalar <$f> }
sub spew { open my $f, '>', $_[0] or die "$_[0]: $!"; print $f $_[1]; close $f or die $! }

# pushd's socket; %set: text of demo.conf.in or routes.conf.in that another takes the place of.
sub start {
    my ($class, $pushd_socket, %set) = @_;
    my $self = bless {dir => File::Temp::tempdir(CLEANUP => 1)}, $class;
    for (1 .. 20) {
        my $probe = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die $!;
        $self->{port} = $probe->sockport;
        close $probe;
        $self->write_config($pushd_socket, %set);
        return $self if $self->run;
    }
    die 'nginx does not start: ' . slurp("$self->{dir}/log/nginx.log");
}

sub write_config {
    my ($self, $pushd_socket, %set) = @_;
    my ($dir, $from) = ($self->{dir}, ($ENV{srcdir} || '.') . '/etc/nginx');
    mkdir "$dir/$_" for qw(run log tmp nginx data data/static);
    symlink Cwd::abs_path("$from/../errors"), "$dir/data/errors";
    my %used;
    my $change = sub { my $text = shift; for (keys %set) { $used{$_} += $text =~ s/\Q$_\E/$set{$_}/ } return $text };
    for (glob("$from/*.conf"), "$from/routes.conf.in") {
        spew("$dir/nginx/" . basename($_) =~ s/\.in$//r, $change->(slurp($_) =~ s/\@NGINXDIR\@/$dir\/nginx/gr));
    }
    my %fill = (USER_LINE => $> ? '' : 'user root;', DIR => $dir, NGINXDIR => "$dir/nginx", DATADIR => "$dir/data", PORT => $self->{port}, BODY_MAX => 11534336,
        PUSHD_SERVERS => "server unix:$pushd_socket;", UPLOAD_DIR => $dir);
    my $text = slurp("$from/demo.conf.in") =~ s/\@(\w+)\@/$fill{$1} \/\/ $&/ger;
    spew("$dir/nginx.conf", $change->($text));
    $used{$_} or die "$_ is nowhere" for keys %set;
}

sub run {
    my $self = shift;
    my $pid = fork // die $!;
    if (!$pid) {
        open STDERR, '>>', "$self->{dir}/log/nginx.log" or die $!;
        open STDOUT, '>&', \*STDERR;
        $ENV{PATH} .= ':/usr/sbin';
        exec 'nginx', '-e', 'stderr', '-c', "$self->{dir}/nginx.conf" or POSIX::_exit(127);
    }
    $self->{pid} = $pid;
    for (1 .. 200) {
        return 1 if IO::Socket::INET->new(PeerAddr => $self->address);
        if (waitpid($pid, POSIX::WNOHANG()) == $pid) { $self->{pid} = 0; return 0 }
        select undef, undef, undef, 0.05;
    }
    die 'nginx does not answer';
}

# host:port
sub address { return "127.0.0.1:$_[0]{port}" }

sub stop {
    my $self = shift;
    return unless $self->{pid};
    kill 'TERM', $self->{pid};
    waitpid $self->{pid}, 0;
    $self->{pid} = 0;
}

sub DESTROY { my $self = shift; local $?; $self->stop }

1;
