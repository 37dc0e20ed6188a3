# Door: runs a FastCGI program as plain CGI, one request a process, beside a MariaDB of the test's own; no web server.
package Door;
use strict;
use warnings;
use utf8;
use Digest::SHA qw(sha256_hex);
use Encode qw(encode_utf8 decode_utf8);
use File::Temp qw(tempdir);
use IPC::Open3;
use JSON::PP;
use Symbol qw(gensym);
use Test::More ();

our $src = $ENV{srcdir} || '.';
our $build = $ENV{builddir} || '.';
our $host = 'chat.test';
our $json = JSON::PP->new->utf8->canonical->allow_nonref;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output, Test::More->builder->todo_output;

# Runs the calling test again beside a database when it has none. First thing to call.
sub with_database {
    return if $ENV{SANGDAM_DB_SOCKET};
    exec "$src/t/db/with-mariadb", $^X, $0, @ARGV or die "with-mariadb: $!";
}

sub new {
    my ($class, %set) = @_;
    my $dir = tempdir(CLEANUP => 1);
    mkdir "$dir/$_" for qw(run files);
    my %conf = (
        run_dir => "$dir/run", upload_dir => "$dir/files", db_socket => $ENV{SANGDAM_DB_SOCKET}, db_name => 'sangdam', db_user => 'root',
        template_dir => "$src/templates", locale_dir => "$dir/locale", log_level => 'error', %set,
    );
    open my $out, '>', "$dir/conf" or die $!;
    print $out encode_utf8("$_ = $conf{$_}\n") for sort keys %conf;
    close $out or die $!;
    return bless {dir => $dir, conf => "$dir/conf"}, $class;
}

# Runs SQL (our own text alone) and returns the rows as arrays.
sub sql {
    my ($self, $text) = @_;
    open my $in, '-|', 'mariadb', '--no-defaults', '--default-character-set=utf8mb4', '-N', '-B', '-uroot', '-S', $ENV{SANGDAM_DB_SOCKET}, 'sangdam', '-e',
        encode_utf8($text) or die $!;
    my @rows = map { chomp; [split /\t/] } <$in>;
    close $in or die "sql failed: $text";
    return @rows;
}

# A member with a sign-in and a bearer token. gubun: 1 customer, 2 agent, 3 admin, 4 guest, 5 supervisor.
sub member {
    my ($self, $name, $gubun) = @_;
    my $email = $gubun == 4 ? 'NULL' : "'\L$name\E\@example.com'";
    my ($cookie, $token) = map { substr(sha256_hex("$_ $name $$"), 0, 43) } qw(cookie token);
    my ($row) = $self->sql("INSERT INTO member (email, nickname, gubun, cdate, udate) VALUES ($email, '$name', $gubun, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3)) RETURNING member_id");
    my $member = {id => $row->[0], name => $name, cookie => $cookie, token => $token};
    $self->sql(sign_in_sql($member));
    return $member;
}

# Makes a member's sign-in and token good again, if they are not.
sub sign_in_sql {
    my ($m) = @_;
    return "INSERT IGNORE INTO login_session VALUES (UNHEX(SHA2('$m->{cookie}', 256)), $m->{id}, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), '2038-01-01');"
        . "INSERT IGNORE INTO api_token VALUES (UNHEX(SHA2('$m->{token}', 256)), $m->{id}, '', UTC_TIMESTAMP(3), '2038-01-01');";
}

sub _headers {
    my ($text) = @_;
    my %head;
    for my $line (split /\r\n/, $text) {
        my ($name, $value) = split /: /, $line, 2;
        $head{lc $name} = exists $head{lc $name} ? "$head{lc $name}\n$value" : $value;
    }
    return \%head;
}

# One request. Options: as (a member), by ("cookie" or "bearer", default bearer), origin, json (a Perl value), form (hash or text), body with type, head
# (CGI variables). Returns {status, head, body, json}.
sub ask {
    my ($self, $program, $method, $uri, %opt) = @_;
    my %env = (GATEWAY_INTERFACE => 'CGI/1.1', SERVER_PROTOCOL => 'HTTP/1.1', REQUEST_METHOD => $method, REQUEST_URI => $uri, HTTP_HOST => $host,
        REMOTE_ADDR => '192.0.2.1', PATH => $ENV{PATH}, SANGDAM_CONF => $self->{conf});
    $env{QUERY_STRING} = $uri =~ /\?(.*)/s ? $1 : '';
    my $by = $opt{by} || 'bearer';
    if ($opt{as} && $by eq 'cookie') {
        $env{HTTP_COOKIE} = "sid=$opt{as}{cookie}";
        $env{HTTP_ORIGIN} = "http://$host" if $method ne 'GET' && $method ne 'HEAD';
    } elsif ($opt{as}) {
        $env{HTTP_AUTHORIZATION} = "Bearer $opt{as}{token}";
    }
    my $body = $opt{body};
    if (exists $opt{json}) {
        $body = $json->encode($opt{json});
        $env{CONTENT_TYPE} = 'application/json';
    } elsif (defined $opt{form}) {
        $body = ref $opt{form} ? join '&', map { _escape($_) . '=' . _escape($opt{form}{$_}) } sort keys %{$opt{form}} : $opt{form};
        $env{CONTENT_TYPE} = 'application/x-www-form-urlencoded';
    }
    $env{CONTENT_TYPE} = $opt{type} if defined $opt{type};
    $env{CONTENT_LENGTH} = length $body if defined $body;
    $env{HTTP_ORIGIN} = $opt{origin} if exists $opt{origin};
    %env = (%env, %{$opt{head} || {}});
    delete $env{$_} for grep { !defined $env{$_} } keys %env;

    my $err = gensym;
    my $pid;
    {
        local %ENV = (%env, map { defined $ENV{$_} ? ($_ => $ENV{$_}) : () } qw(ASAN_OPTIONS UBSAN_OPTIONS TSAN_OPTIONS));
        $pid = open3(my $in, my $out, $err, "$build/cgi/$program.fcgi");
        local $SIG{PIPE} = 'IGNORE';
        binmode $_ for $in, $out;
        print $in $body if defined $body;
        close $in;
        local $/;
        my $text = <$out>;
        my $said = <$err>;
        waitpid $pid, 0;
        print STDERR $said if $said && $said !~ /catalog_missing/;
        my ($head, $rest) = ($text // '') =~ /\A(.*?)\r\n\r\n(.*)\z/s or die "no answer to $method $uri: " . ($text // '');
        my $h = _headers($head);
        my ($status) = ($h->{status} // '') =~ /^(\d+)/;
        my $is_json = ($h->{'content-type'} // '') =~ m{^application/(problem\+)?json};
        return {status => $status, head => $h, body => $rest, json => $is_json && length $rest ? $json->decode($rest) : undef, exit => $?};
    }
}

sub _escape {
    my $s = encode_utf8($_[0]);
    $s =~ s/([^A-Za-z0-9_.~-])/sprintf '%%%02X', ord $1/ge;
    return $s;
}

# The CSRF token of a member's cookie, as a page's form carries it.
sub csrf {
    my ($self, $member) = @_;
    my $page = $self->ask('chat', 'GET', '/', as => $member, by => 'cookie');
    return $page->{body} =~ /name="csrfToken" value="([^"]+)"/ ? $1 : die "no token in the page";
}

sub uuid {
    my $hex = sha256_hex(join ' ', $$, time, rand);
    return sprintf '%s-%s-4%s-a%s-%s', map { substr $hex, $_->[0], $_->[1] } [0, 8], [8, 4], [12, 3], [15, 3], [20, 12];
}

1;
