# Pushd: a pushd of the test's own beside the MariaDB of t/db/with-mariadb, members to sign in as, and SQL.
package Pushd;
use strict;
use warnings;
use Digest::SHA ();
use File::Temp ();
use IO::Socket::UNIX;
use POSIX ();
use Time::HiRes ();

my $serial = 0;

# %set: configuration keys. Three loops unless SANGDAM_TEST_LOOPS says otherwise: more than cores, so that what one loop must tell another is told.
sub start {
    my ($class, %set) = @_;
    my $self = $class->new(%set);
    $self->run;
    return $self;
}

# All but the daemon: run() starts it.
sub new {
    my ($class, %set) = @_;
    my $dir = File::Temp::tempdir(CLEANUP => 1);
    my $self = bless {dir => $dir, set => {%set}}, $class;
    $self->{program} = $ENV{SANGDAM_PUSHD} || ($ENV{builddir} || '.') . '/sangdam-pushd';
    $self->write_config;
    return $self;
}

sub write_config {
    my ($self, %set) = @_;
    my $dir = $self->{dir};
    my %all = (run_dir => $dir, upload_dir => "$dir/files", db_socket => $self->{db_socket} // $ENV{SANGDAM_DB_SOCKET}, db_user => 'root', push_loops => $ENV{SANGDAM_TEST_LOOPS} // 3, locale_dir => "$dir/locale",
        %{$self->{set}}, %set);
    mkdir "$dir/files";
    open my $f, '>', "$dir/sangdam.conf" or die $!;
    print $f "$_ = $all{$_}\n" for sort keys %all;
    close $f;
}

sub socket { return $_[0]{dir} . '/pushd.sock' }
sub log { my $self = shift; open my $f, '<', "$self->{dir}/log" or return ''; local $/; return scalar <$f> }

sub run {
    my $self = shift;
    my $pid = fork // die $!;
    if (!$pid) {
        open STDERR, '>>', "$self->{dir}/log" or die $!;
        open STDOUT, '>&', \*STDERR;
        $self->pass_sockets if $self->{passed};
        exec split(/ /, $ENV{SANGDAM_PUSHD_WRAPPER} // ''), $self->{program}, '-c', "$self->{dir}/sangdam.conf" or POSIX::_exit(127);
    }
    $self->{pid} = $pid;
    for (1 .. 600) {
        my $s = IO::Socket::UNIX->new(Peer => $self->socket);
        return if $s && (print {$s} "GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") && (readline($s) // '') =~ / 200 /;
        if (waitpid($pid, POSIX::WNOHANG()) == $pid) { $self->{pid} = 0; die 'pushd ended: ' . $self->log }
        select undef, undef, undef, 0.05;
    }
    die 'pushd is not ready: ' . $self->log;
}

# As a service manager does (sd_listen_fds(3)): {passed} are listening sockets, {passed_names} what they are called, {passed_to} a process id that is not this one's.
sub pass_sockets {
    my $self = shift;
    my @high = map { POSIX::dup2(fileno $self->{passed}[$_], 100 + $_) // die $! } 0 .. $#{$self->{passed}};
    POSIX::dup2($high[$_], 3 + $_) // die $! for 0 .. $#high;
    POSIX::close($_) for @high;
    @ENV{qw(LISTEN_FDS LISTEN_PID)} = (scalar @high, $self->{passed_to} // $$);
    $ENV{LISTEN_FDNAMES} = join ':', @{$self->{passed_names}} if $self->{passed_names};
}

# Returns the exit status.
sub stop {
    my ($self, $signal) = @_;
    return unless $self->{pid};
    kill $signal || 'TERM', $self->{pid};
    waitpid $self->{pid}, 0;
    my $status = $?;
    $self->{pid} = 0;
    return $status;
}

sub DESTROY { my $self = shift; local $?; $self->stop('KILL') if $self->{pid} }

sub sql {
    my ($self, $sql) = @_;
    open my $f, '-|', 'mariadb', '--no-defaults', '-uroot', '-S', $ENV{SANGDAM_DB_SOCKET}, '--default-character-set=utf8mb4', '-BN', 'sangdam', '-e', $sql or die $!;
    local $/;
    my $out = <$f> // '';
    close $f or die "sql failed: $sql";
    $out =~ s/\n\z//;
    return $out;
}

# A new member of that gubun (1 customer, 2 agent, 3 admin, 5 supervisor): {id, cookie}.
sub member {
    my ($self, $gubun, $name) = @_;
    $serial++;
    my $cookie = substr("cookie$serial-" . 'x' x 43, 0, 43);
    my $hash = Digest::SHA::sha256_hex($cookie);
    $name //= "member$serial";
    my $id = $self->sql("INSERT INTO member (email, nickname, gubun, cdate, udate) VALUES ('m$serial-$$\@example.org', '$name', $gubun, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3));"
        . "INSERT INTO login_session VALUES (UNHEX('$hash'), LAST_INSERT_ID(), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) + INTERVAL 1 DAY);"
        . 'SELECT MAX(member_id) FROM member');
    return {id => $id, cookie => $cookie, name => $name, hash => $hash};
}

# A chat: {id, no}. status 1 waiting, 2 active.
sub chat {
    my ($self, $customer, $agent) = @_;
    my ($status, $admin) = $agent ? (2, $agent->{id}) : (1, 'NULL');
    my $row = $self->sql('SET @id = UUID();'
        . "INSERT INTO chat_session SET session_id = \@id, member_id = $customer->{id}, admin_id = $admin, category_id = 200, status_id = $status, cdate = UTC_TIMESTAMP(3),"
        . ' udate = UTC_TIMESTAMP(3), queue_since = UTC_TIMESTAMP(3), member_last_seen = UTC_TIMESTAMP(3), admin_last_seen = UTC_TIMESTAMP(3)'
        . ($self->has_column('queue_entered') ? ', queue_entered = UTC_TIMESTAMP(3)' : '') . ';SELECT session_id, session_no FROM chat_session WHERE session_id = @id');
    my ($id, $no) = split /\t/, $row;
    return {id => $id, no => $no};
}

sub has_column {
    my ($self, $name) = @_;
    return $self->{columns}{$name} //= $self->sql("SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = 'sangdam' AND table_name = 'chat_session' AND column_name = '$name'");
}

# Rows as another program would write them, without a hint.
sub add_rows {
    my ($self, $chat, $member, $count) = @_;
    $self->sql("START TRANSACTION; SELECT message_count INTO \@h FROM chat_session WHERE session_no = $chat->{no} FOR UPDATE;"
        . 'INSERT INTO chat_message (session_no, seq, session_id, sender_id, sender_type, content, cdate)'
        . " SELECT $chat->{no}, \@h + seq, '$chat->{id}', $member->{id}, 'M', CONCAT('row ', \@h + seq), UTC_TIMESTAMP(3) FROM seq_1_to_$count;"
        . "UPDATE chat_session SET message_count = \@h + $count WHERE session_no = $chat->{no}; COMMIT");
}

# A GET over the socket: (status, body).
sub get {
    my ($self, $path, @headers) = @_;
    my $s = IO::Socket::UNIX->new(Peer => $self->socket) or die $!;
    print {$s} join("\r\n", "GET $path HTTP/1.1", 'Host: localhost', 'Connection: close', @headers) . "\r\n\r\n";
    local $/;
    my $all = <$s> // '';
    my ($head, $body) = split /\r\n\r\n/, $all, 2;
    return ($head =~ m{^HTTP/1\.1 (\d+)}, $body);
}

sub metric {
    my ($self, $name) = @_;
    my (undef, $text) = $self->get('/metrics');
    return $text =~ /^sangdam_push_$name (\S+)$/m ? $1 : undef;
}

# Stops MariaDB where it stands; returns when all its threads do, for the signal takes its time on a busy machine.
sub freeze_database {
    my $self = shift;
    kill 'STOP', $ENV{SANGDAM_DB_PID};
    $self->wait_for(sub {
        for my $file (glob "/proc/$ENV{SANGDAM_DB_PID}/task/*/stat") {
            open my $f, '<', $file or next; # a thread that ended meanwhile
            return 0 if (<$f> // ') T') !~ /\) T/;
        }
        return 1;
    }) or die 'MariaDB does not stop';
}

# Seconds of processor time that pushd has used.
sub cpu {
    my $self = shift;
    open my $f, '<', "/proc/$self->{pid}/stat" or return 0;
    my @field = split / /, (<$f> =~ s/^.*\) //r);
    return ($field[11] + $field[12]) / (POSIX::sysconf(POSIX::_SC_CLK_TCK()) || 100);
}

# Waits until code gives something true.
sub wait_for {
    my ($self, $code, $patience) = @_;
    my $end = Time::HiRes::time() + ($patience // $Stomp::PATIENCE);
    while (Time::HiRes::time() < $end) {
        my $v = $code->();
        return $v if $v;
        select undef, undef, undef, 0.02;
    }
    return undef;
}

1;
