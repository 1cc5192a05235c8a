#!/usr/bin/perl
# An independent DKIM verifier: Debian's Mail::DKIM (libmail-dkim-perl), of which this project wrote no line.
#
#   verify_dkim.pl DNS_PORT < mail      (the mail with CRLF line ends, as the sink stored it)
#
# Keys are looked up at 127.0.0.1:DNS_PORT and nowhere else. Prints one line for each DKIM-Signature, from top to
# bottom: d=, s= and the result with its reason, separated by tabs. Exit status 0 whatever the results; 2 for bad use.
use strict;
use warnings;
use Mail::DKIM::DNS;
use Mail::DKIM::Verifier;
use Net::DNS::Resolver;

my $port = shift // '';
if ($port !~ /\A[0-9]+\z/) {
    print STDERR "usage: verify_dkim.pl DNS_PORT < mail\n";
    exit 2;
}

Mail::DKIM::DNS::resolver(
    Net::DNS::Resolver->new(
        config_file => '/dev/null',
        nameservers => ['127.0.0.1'],
        port        => $port,
        searchlist  => [],
        retry       => 2,
        retrans     => 1,
    )
);

binmode STDIN;
my $verifier = Mail::DKIM::Verifier->new();
while (read(STDIN, my $piece, 65536)) {
    $verifier->PRINT($piece);
}
$verifier->CLOSE;

for my $signature ($verifier->signatures) {
    print join("\t", $signature->domain, $signature->selector, $signature->result_detail), "\n";
}
