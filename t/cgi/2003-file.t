#!/usr/bin/perl
# Files of a chat over REST and forms: what is taken and what is not, whose they are, how they are sent back, what stays on disk.
use strict;
use warnings;
use utf8;
use Compress::Zlib qw(compress crc32);
use Encode qw(encode_utf8 decode_utf8);
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Door;

Door::with_database();
my %open = (limits => 'off');
my $door = Door->new(%open);
my ($customer, $other, $agent, $agent2, $admin) = ($door->member('Mina', 1), $door->member('Jun', 1), $door->member('Hana', 2), $door->member('Duri', 2), $door->member('Boss', 3));
my $id = $door->ask('chat', 'POST', '/api/chat/session', as => $customer, json => {categoryId => 200})->{json}{data}{sessionId};
my $url = "/api/chat/sessions/$id/files";

sub chunk { my ($type, $data) = @_; return pack('N', length $data) . $type . $data . pack('N', crc32($type . $data)) }
sub png { my ($w, $h) = @_; return "\x89PNG\r\n\x1a\n" . chunk('IHDR', pack('NNCCCCC', $w, $h, 8, 2, 0, 0, 0)) . chunk('IDAT', compress("\0")) . chunk('IEND', '') }
my $png = png(320, 240);

# A multipart body: parts are [name, value] or [name, value, file name]; names are bytes.
sub multipart {
    my $body = '';
    for (@_) {
        my ($name, $value, $file) = @$_;
        $body .= qq(--XyZ\r\nContent-Disposition: form-data; name="$name") . (defined $file ? qq(; filename="$file"\r\nContent-Type: image/png) : '') . "\r\n\r\n$value\r\n";
    }
    return $body . "--XyZ--\r\n";
}
my $type = 'multipart/form-data; boundary=XyZ';
sub upload { my ($parts, %opt) = @_; return $door->ask('file', 'POST', $url, as => $customer, type => $type, body => multipart(@$parts), %opt) }
sub stored { opendir my $d, "$door->{dir}/files" or die $!; return grep { !/^\./ } readdir $d }
sub key { my ($n) = @_; return sprintf 'b0a1c2d3-0000-4000-8000-%012d', $n }

# ---- taken ----
my $a = upload([['clientMessageId', key(1)], ['file', $png, encode_utf8('사진 1.png')]]);
is $a->{status}, 201, 'a picture is taken';
my $m = $a->{json}{data};
is $m->{messageType}, 'FILE';
is $m->{kind}, 'FILE';
is $m->{content}, '사진 1.png', 'its text is its name';
is $m->{clientMessageId}, key(1);
my $file = $m->{attachment};
is_deeply [@{$file}{qw(name size contentType width height)}], ['사진 1.png', length $png, 'image/png', 320, 240];
is $file->{url}, "/api/chat/files/$file->{fileId}";
is scalar(stored()), 1, 'one file on disk';
like((stored())[0], qr/^[\w-]{43}$/, 'under a random name');
is sprintf('%o', (stat "$door->{dir}/files/" . (stored())[0])[2] & 0777), '640';
$a = upload([['file', $png, encode_utf8('사진 1.png')], ['clientMessageId', key(1)]]);
is $a->{status}, 200, 'the same again';
is $a->{json}{data}{seq}, $m->{seq}, 'is the first row';
is scalar(stored()), 1, 'and leaves nothing on disk';
is upload([['file', png(2, 2), 'b.png'], ['clientMessageId', key(1)]])->{status}, 409, 'the key for another file';
is scalar(stored()), 1;
$a = upload([['content', "see\r\nthis"], ['file', $png, 'a.png'], ['senderId', '7']]);
is $a->{json}{data}{content}, "see\nthis", 'its own text';
is upload([['content', " \n"], ['file', $png, 'a.png']])->{json}{data}{content}, 'a.png', 'a blank one is none';
is upload([['file', 'plain words', 'a.txt']])->{json}{data}{attachment}{contentType}, 'text/plain';
for my $row (['../../etc/x', 'x'], ['C:\\dir\\x.png', 'x.png'], ['con', '_con'], [('a' x 300) . '.png', ('a' x 251) . '.png'], ['a%0D%0AX: y.png', 'a__X_ y.png'], ['a\\";b.png', 'a_;b.png'],
    [encode_utf8("a\x{202e}gnp.png"), 'agnp.png'], ['.htaccess', 'htaccess'], ['-rf.png', 'rf.png'], ['', 'file'], ["\xff\xfe.png", '__.png']) {
    $a = upload([['file', $png, $row->[0]]]);
    is $a->{status}, 201, 'name ' . substr($row->[1], 0, 20);
    is $a->{json}{data}{attachment}{name}, $row->[1];
}

# ---- not taken ----
my $before = stored();
for my $row (
    ['a.html', '<p>', 415], ['a.svg', '<svg/>', 415], ['a.xml', '<x/>', 415], ['a.phtml', $png, 415], ['a.jpg.php', $png, 415], ["a.php\0.png", $png, 415], ['a.php%00.png', $png, 415],
    ['a.php.png', $png, 415], ['a.png', "\x7fELF\2\1\1" . "\0" x 100, 415], ['a.png', "PK\3\4" . "\0" x 100, 415], ['a.png', '', 422], ['a.exe', "MZ\x90\0", 415], ['a.txt', '<html>', 415],
    ['a.pdf', $png, 415],
) {
    my ($name, $bytes, $status) = @$row;
    $a = upload([['file', $bytes, $name]]);
    is $a->{status}, $status, "refused: " . $name =~ s/\0/\\0/r;
    is $a->{json}{code}, '01';
    is $a->{json}{errors}[0]{field}, 'file';
}
for my $row (
    [[], 400, 'no part'], [[['content', 'x']], 400, 'no file'], [[['file', $png]], 400, 'a field called file'], [[['file', $png, 'a.png'], ['file', $png, 'b.png']], 400, 'two files'],
    [[['file', $png, 'a.png'], ['nosuch', 1]], 400, 'an unknown field'], [[['file', $png, 'a.png'], ['content', 'a'], ['content', 'b']], 400, 'a field twice'],
    [[['content', 'x', 'c.txt'], ['file', $png, 'a.png']], 400, 'a second file'], [[['content', "\xff"], ['file', $png, 'a.png']], 400, 'no UTF-8'],
    [[['content', "a\0b"], ['file', $png, 'a.png']], 400, 'NUL'], [[['content', 'x' x 2001], ['file', $png, 'a.png']], 422, 'too long a text'],
    [[['clientMessageId', 'X'], ['file', $png, 'a.png']], 400, 'no UUID'], [[['clientMessageId', ''], ['file', $png, 'a.png']], 400, 'an empty UUID'],
    [[map { ["senderId", $_] } 1 .. 10000], 400, '10,000 parts'],
) {
    is upload($row->[0])->{status}, $row->[1], $row->[2];
}
my $good = multipart(['file', $png, 'a.png']);
for my $row (
    ['multipart/form-data', $good, 400], ['multipart/form-data; boundary=' . 'x' x 71, $good, 400], ['multipart/form-data; boundary="a b "', $good, 400], ['multipart/form-data; boundary=other', $good, 400],
    ['application/x-www-form-urlencoded', 'file=x', 415], ['image/png', $png, 415], ['multipart/mixed; boundary=XyZ', $good, 415], [$type, substr($good, 0, -6), 400], [$type, $good =~ s/\r\n/\n/gr, 400],
    [$type, '', 400], [$type, "preamble\r\n$good", 400], [$type, $good =~ s/image\/png/multipart\/mixed; boundary=a/r, 400], [$type, $good . 'x', 400],
) {
    is $door->ask('file', 'POST', $url, as => $customer, type => $row->[0], body => $row->[1])->{status}, $row->[2], substr($row->[0], 0, 60);
}
is $door->ask('file', 'POST', $url, as => $customer, type => $type, body => $good, head => {CONTENT_LENGTH => 5 + length $good})->{status}, 400, 'shorter than Content-Length';
is_deeply [scalar(stored())], [scalar $before], 'nothing of all that stays on disk';
my $small = Door->new(%open, upload_max => '2k');
is $small->ask('file', 'POST', $url, as => $customer, type => $type, body => multipart(['file', 'x' x 3000, 'a.txt']))->{status}, 413, 'too big';
is $small->ask('file', 'POST', $url, as => $customer, type => $type, body => multipart(['file', 'x' x 2048, 'a.txt']))->{status}, 201, 'just right';
my $diskless = Door->new(%open, upload_dir => '/nonexistent');
is $diskless->ask('file', 'POST', $url, as => $customer, type => $type, body => $good)->{status}, 507, 'no disk';

# ---- whose ----
is upload([['file', $png, 'a.png']], as => $other)->{status}, 404, "somebody else's chat";
is upload([['file', $png, 'a.png']], as => undef)->{status}, 401;
is upload([['file', $png, 'a.png']], as => $agent)->{status}, 403, 'an agent reads a waiting chat, but does not write';
is $door->ask('file', 'GET', $file->{url}, as => $other)->{status}, 404;
is $door->ask('file', 'GET', $file->{url})->{status}, 401;
is $door->ask('file', 'GET', "/api/chat/files/$_", as => $customer)->{status}, 404, "file $_" for '999999', '0', '-1', '01', '1x', '99999999999999999999', '1 ';
is $door->ask('file', 'GET', $file->{url}, as => $admin)->{status}, 200;
$door->ask('agent', 'POST', "/api/admin/chat/sessions/$id/accept", as => $agent, json => {});
is $door->ask('file', 'GET', $file->{url}, as => $agent)->{status}, 200;
is $door->ask('file', 'GET', $file->{url}, as => $agent2)->{status}, 404, "another agent's open chat";
$a = upload([['file', $png, 'a.png']], as => $agent);
is $a->{status}, 201, 'the agent sends too';
is $a->{json}{data}{senderType}, 'A';

# ---- sent back ----
$a = $door->ask('file', 'GET', $file->{url}, as => $customer);
is $a->{status}, 200;
my ($name) = map { $_->[0] } $door->sql("SELECT storage_name FROM attachment WHERE file_id = $file->{fileId}");
is $a->{head}{'x-accel-redirect'}, "/protected/$name", 'by nginx';
is $a->{body}, '';
is $a->{head}{'content-type'}, 'image/png';
is $a->{head}{'content-disposition'}, q(inline; filename="__ 1.png"; filename*=UTF-8''%EC%82%AC%EC%A7%84%201.png);
is $a->{head}{'x-content-type-options'}, 'nosniff';
like $a->{head}{'content-security-policy'}, qr/default-src 'none'; sandbox/;
is $a->{head}{'cache-control'}, 'private, no-cache';
sub disposition { my ($parts) = @_; return $door->ask('file', 'GET', upload($parts)->{json}{data}{attachment}{url}, as => $customer)->{head}{'content-disposition'} }
is disposition([['file', 'words', 'a.txt']]), 'attachment; filename="a.txt"', 'no text in place';
is disposition([['file', png(30000, 30000), 'bomb.png']]), 'attachment; filename="bomb.png"', 'no pixel bomb in place';
is disposition([['file', 'words', 'a;b%41c\'d.txt']]), q(attachment; filename="a;b_41c'd.txt"; filename*=UTF-8''a%3Bb%2541c%27d.txt);
my $streaming = bless {%$door}, 'Door';
open my $in, '<', $door->{conf} or die $!;
open my $out, '>', "$door->{dir}/conf2" or die $!;
print $out $_ while <$in>;
print $out "file_send = stream\n";
close $out;
$streaming->{conf} = "$door->{dir}/conf2";
$a = $streaming->ask('file', 'GET', $file->{url}, as => $customer);
is $a->{body}, $png, 'by ourselves';
is $a->{head}{'content-length'}, length $png;
$a = $streaming->ask('file', 'HEAD', $file->{url}, as => $customer);
is $a->{body}, '';
is $a->{head}{'content-length'}, length $png;
is $door->ask('file', 'GET', $file->{url}, as => $customer, head => {HTTP_X_ACCEL_REDIRECT => '/protected/x'})->{head}{'x-accel-redirect'}, "/protected/$name";
is $door->ask('file', 'POST', $file->{url}, as => $customer)->{head}{allow}, 'GET, HEAD';
$door->sql("UPDATE attachment SET status = 9 WHERE file_id = $file->{fileId}");
is $door->ask('file', 'GET', $file->{url}, as => $customer)->{status}, 410, 'an erased file';
is $door->ask('file', 'GET', $file->{url}, as => $other)->{status}, 404, 'is not there for others';
$door->sql("UPDATE attachment SET status = 1 WHERE file_id = $file->{fileId}");
rename "$door->{dir}/files/$name", "$door->{dir}/gone" or die $!;
{
    local *STDERR; # the log says it
    open STDERR, '>', '/dev/null';
    is $door->ask('file', 'GET', $file->{url}, as => $customer)->{status}, 410, 'bytes that are gone';
}
rename "$door->{dir}/gone", "$door->{dir}/files/$name" or die $!;

# ---- forms ----
my $cookie = {as => $customer, by => 'cookie', type => $type};
my $csrf = $door->ask('account', 'GET', '/api/account/me', as => $customer, by => 'cookie')->{json}{data}{csrfToken};
$before = stored();
is $door->ask('file', 'POST', "/chat/$id/files", %$cookie, body => multipart(['file', $png, 'a.png']))->{status}, 403, 'a form without its token';
is $door->ask('file', 'POST', "/chat/$id/files", %$cookie, body => multipart(['csrfToken', 'x'], ['file', $png, 'a.png']))->{status}, 403;
is $door->ask('file', 'POST', $url, %$cookie, body => $good)->{status}, 403, 'REST too';
is $door->ask('file', 'POST', $url, %$cookie, body => $good, origin => undef, head => {HTTP_X_CSRF_TOKEN => $csrf})->{status}, 403, 'and without an Origin';
is scalar(stored()), $before;
is $door->ask('file', 'POST', $url, %$cookie, body => $good, head => {HTTP_X_CSRF_TOKEN => $csrf})->{status}, 201;
$a = $door->ask('file', 'POST', "/chat/$id/files", %$cookie, body => multipart(['csrfToken', $csrf], ['clientMessageId', key(2)], ['file', $png, 'a.png']));
is $a->{status}, 303;
is $a->{head}{location}, "/chat/$id";
$a = $door->ask('file', 'POST', "/chat/$id/files", %$cookie, body => multipart(['file', '', ''], ['csrfToken', $csrf]));
is $a->{status}, 422, 'nothing was chosen';
like $a->{body}, qr{href="/chat/$id"}, 'the page leads back';
is $door->ask('file', 'POST', "/agent/chat/$id/files", %$cookie, body => multipart(['file', $png, 'a.png'], ['csrfToken', $csrf]))->{status}, 403, 'not a customer\'s form';
is $door->ask('file', 'POST', "/chat/$id/files", type => $type, body => $good)->{head}{location}, '/signin', 'who is signed out signs in';
my $agents = $door->ask('account', 'GET', '/api/account/me', as => $agent, by => 'cookie')->{json}{data}{csrfToken};
$a = $door->ask('file', 'POST', "/agent/chat/$id/files", as => $agent, by => 'cookie', type => $type, body => multipart(['file', $png, 'a.png'], ['csrfToken', $agents]));
is $a->{head}{location}, "/agent/chat/$id";

# ---- an ended chat ----
$door->ask('chat', 'POST', "/api/chat/sessions/$id/end", as => $customer, json => {});
$before = stored();
is upload([['file', $png, 'a.png']])->{status}, 409, 'an ended chat takes no file';
is scalar(stored()), $before;
$a = upload([['clientMessageId', key(1)], ['file', $png, encode_utf8('사진 1.png')]]);
is $a->{status}, 200, 'but the same again is still the same';
is $door->ask('file', 'GET', $file->{url}, as => $agent2)->{status}, 200, 'a completed chat is read by all agents';

done_testing;
