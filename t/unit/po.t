#!/usr/bin/perl
# po.t: every text of the pages and programs is in both catalogues with the same {holes}, and every key that a script asks for is in texts.html.
# Prints TAP.
use strict;
use warnings;

my $top = $ENV{srcdir} || '.';
my ($n, $failed) = (0, 0);

sub ok { my ($good, $what, @why) = @_; $n++; $failed++ unless $good; print $good ? '' : 'not ', "ok $n - $what\n"; print "#   $_\n" for @why }
sub slurp { my $f = shift; open(my $h, '<', $f) or die "$f: $!\n"; local $/; return <$h> }
sub holes { return join ' ', sort($_[0] =~ /\{[\w.]+\}/g) }

sub catalogue {
    my ($text, %of) = slurp(shift);
    while ($text =~ /^msgid "(.*)"\nmsgstr "(.*)"$/gm) { $of{$1} = $2 if length $1 }
    return \%of;
}

sub extract { my @m = `perl $top/po/extract @_`; return map { /^msgid "(.+)"$/ ? $1 : () } @m }

my @pages = extract('--pages');
my @all = extract();
ok(@pages > 100, 'po/extract finds the texts of the pages');
for my $lang ('ko', 'en') {
    my $of = catalogue("$top/po/$lang.po");
    my @missing = grep { !length($of->{$_} // '') } @pages;
    ok(!@missing, "$lang.po has every text of the pages", @missing);
    my @other = grep { holes($_) ne holes($of->{$_}) } keys %$of;
    ok(!@other, "$lang.po has each text's holes", @other);
    my @particle = $lang eq 'ko' ? grep { $of->{$_} =~ /\}(?:은|는|이|가|을|를|과|와|으로)(?:\s|$)/ } keys %$of : ();
    ok(!@particle, 'no particle stands directly behind a hole', @particle) if $lang eq 'ko';
    my %used = map { $_ => 1 } @all;
    my @gone = grep { !$used{$_} } keys %$of;
    print "#   $lang.po holds texts that nobody uses: $_\n" for sort @gone;
    my @untold = grep { !length($of->{$_} // '') } @all;
    ok(!@untold, "$lang.po has every text of the programs", @untold);
}

my %has;
my $texts = slurp("$top/templates/texts.html");
while ($texts =~ /data-([\w-]+)=/g) { my $k = $1; $k =~ s/-(\w)/\U$1/g; $has{$k} = 1 }
my %asked;
for my $f (glob("$top/static/js/*.js $top/static/js/lib/*.js")) {
    my $js = slurp($f);
    $asked{$1} = $f while $js =~ /\btext\('(\w+)'/g;
}
my @absent = grep { !$has{$_} } sort keys %asked;
ok(!@absent, 'texts.html has every text that a script asks for', map { "$_ ($asked{$_})" } @absent);
print "1..$n\n";
exit($failed ? 1 : 0);
