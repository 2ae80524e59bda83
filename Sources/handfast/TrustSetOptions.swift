// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Cryptography
internal import Registration
internal import Storage

extension RevocationChoice: ExpressibleByArgument {}

/// The options of `trust-set add` and `trust-set update`; nil and empty mean "not given".
struct TrustSetOptions: ParsableArguments {
    @Option(
        help: .value(
            "file",
            "A file with a CA or several, PEM, DER or PKCS#7. Repeatable; a set has at most"
                + " \(TrustSetRecord.caCertificatesMax) CAs."
        )
    )
    var caCertificate: [String] = []

    @Option(
        help: .value(
            "source",
            "Where a revocation list (CRL) of these CAs is: a file, or an http or https URL."
                + " Repeatable, up to \(TrustSetRecord.sourcesMax) times."
        )
    )
    var crl: [String] = []

    @Option(
        help: .choice(
            "mode",
            "How revocation lists count",
            of: RevocationChoice.self,
            discussion: "off: not at all. soft (fail open): a certificate on a list is refused."
                + " hard (fail closed): so is one that no current list covers. The default is hard"
                + " with a --crl, and off without."
        )
    )
    var revocation: RevocationChoice?

    @Option(
        help: .value(
            "day",
            "The last day, UTC, on which certificates for servers only are accepted, such as"
                + " 2027-06-30.",
            discussion: "For CAs that issue no certificates for clients any more"
                + " (Documentation/public-ca-cliff.md): an extended key usage with serverAuth"
                + " counts like one with clientAuth. At most \(ServerAuthPermission.daysMax) days"
                + " ahead; the log warns of it daily."
        )
    )
    var allowServerAuthUntil: String?

    @Option(
        help: .value(
            "source",
            "Where the SPIFFE bundle of the trust domain is: a file, or an https URL.",
            discussion: "The CAs come from it alone, and are renewed from it: a URL as often as"
                + " the bundle asks for, a file when it changes."
        )
    )
    var spiffeBundle: String?

    @Option(
        help: .value(
            "seconds",
            "How long after the last look a bundle counts; then its clients are refused.",
            discussion: "A day, 86400, unless given."
        )
    )
    var maxStaleness: Int?

    @OptionGroup(title: "Trust") var labels: LabelOptions
}

extension TrustSetOptions {
    /// The change that the options ask for: files read, sources split; throws the problem with any.
    func change(now: Int64) throws(RegistrationError) -> TrustSetChange {
        var files = RegistrationFiles(now: now)
        var change = TrustSetChange()
        change.caCertificates = caCertificate.flatMap { files.caCertificates($0).map(\.der) }
        let found = crl.map { files.revocationSource($0) }
        try files.conclude()
        if !crl.isEmpty { change.sources = found.compactMap(\.source) }
        change.files = found.compactMap(\.file)
        if let spiffeBundle {
            change.bundle = try SPIFFEBundleSource.read(spiffeBundle)
        }
        change.maxStaleness = maxStaleness
        change.revocation = revocation?.rawValue
        change.serverAuthDay = allowServerAuthUntil
        change.labels = labels.change
        return change
    }
}
