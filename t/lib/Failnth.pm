# Failnth: t/fault/failnth.c for tests in Perl: programs started with its environment fail at the allocation that is asked for.
package Failnth;
use strict;
use warnings;
use File::Temp ();

# undef where nothing can be preloaded: a sanitizer wants to be the first.
sub make {
    my ($class) = @_;
    return undef if ($ENV{SANGDAM_CONFIGURE} // '') =~ /san/;
    my $self = bless {dir => File::Temp::tempdir(CLEANUP => 1)}, $class;
    @$self{qw(library page)} = map { "$self->{dir}/failnth.$_" } qw(so page);
    system($ENV{CC} // 'cc', qw(-shared -fPIC -O2 -o), $self->{library}, ($ENV{srcdir} || '.') . '/t/fault/failnth.c', '-ldl') == 0 or die 'no failnth.so';
    open $self->{file}, '+>', $self->{page} or die $!;
    binmode $self->{file};
    syswrite $self->{file}, "\0" x 4096;
    return $self;
}

sub environment { my $self = shift; return (LD_PRELOAD => $self->{library}, FAILNTH => $self->{page}) }

# The n-th allocation from now on fails, once; 0: none.
sub memory_at { my ($self, $n) = @_; sysseek $self->{file}, 64, 0; syswrite $self->{file}, pack 'L', $n }

# How many allocations there are to go until then; 0 when it has failed.
sub left { my $self = shift; sysseek $self->{file}, 64, 0; sysread $self->{file}, my $bytes, 4; return unpack 'L', $bytes }

1;
