// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Cryptography
internal import Fetch
internal import Foundation
internal import Server
internal import Storage

/// What follows from revocation lists.
enum RevocationChoice: String, CaseIterable, ExpressibleByArgument {
    case off, soft, hard
}

/// What `trust-set add` and `trust-set update` say about a set; nil and empty mean "not said".
struct TrustSetOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A file with a CA or several, PEM, DER or PKCS#7. Repeatable; a set has at most"
                + " \(TrustSetRecord.authoritiesMax) CAs.",
            valueName: "file"
        )
    )
    var caCertificate: [String] = []

    @Option(
        help: ArgumentHelp(
            "Where a revocation list (CRL) of these CAs is: a file, or an http or https URL."
                + " Repeatable, up to \(TrustSetRecord.sourcesMax) times.",
            valueName: "source"
        )
    )
    var crl: [String] = []

    @Option(
        help: ArgumentHelp(
            "What follows from the lists: "
                + RevocationChoice.allCases.map(\.rawValue).joined(separator: ", ") + ".",
            discussion: "off: nothing. soft: who is on a list is refused. hard: who is not covered"
                + " by a current list is refused, too. Without it hard where there is a --crl,"
                + " else off.",
            valueName: "mode"
        )
    )
    var revocation: RevocationChoice?

    @Option(
        help: ArgumentHelp(
            "The last day, UTC, on which certificates for servers only are accepted, such as"
                + " 2027-06-30.",
            discussion: "For CAs that issue no certificates for clients any more"
                + " (Documentation/public-ca-cliff.md): an extended key usage with serverAuth"
                + " counts like one with clientAuth. At most \(ServerAuthPermission.daysMax) days"
                + " ahead; the log tells of it daily.",
            valueName: "day"
        )
    )
    var allowServerAuthUntil: String?
}

/// The options of a command as values: files read, certificates and sources checked.
///
/// Made before the store is touched, so that a bad file leaves nothing half done.
struct TrustSetChange {
    private let authorities: [[UInt8]]
    private let sources: [String]
    /// Those of `sources` that are files, and there.
    private let files: [RevocationFile]
    private let forgetsSources: Bool
    private let revocation: RevocationChoice?
    private let now: Int64
    private let serverAuthUntil: Int64?
    private let endsServerAuth: Bool

    /// Reads what `options` name; warnings go to standard error.
    init(
        _ options: TrustSetOptions,
        forgettingSources: Bool = false,
        endingServerAuth: Bool = false,
        now: Int64
    ) throws {
        serverAuthUntil = try options.allowServerAuthUntil.map {
            try TrustSetRules.serverAuthEnd($0, now: now)
        }
        endsServerAuth = endingServerAuth
        authorities = try options.caCertificate.flatMap {
            try CertificateReading.authorities($0, now: now).map(\.der)
        }
        sources = try options.crl.map(RevocationSource.parse)
        files = try sources.filter(RevocationSource.isFile).map(RevocationFile.init)
        self.now = now
        forgetsSources = forgettingSources
        revocation = options.revocation
    }

    /// Whether nothing was said.
    var isEmpty: Bool {
        authorities.isEmpty && sources.isEmpty && revocation == nil && !forgetsSources
            && serverAuthUntil == nil && !endsServerAuth
    }

    /// Whether it names the CAs of the set.
    var namesAuthorities: Bool { !authorities.isEmpty }

    /// Writes what was said into `set`, in place of what it has; throws where it makes no sense.
    func apply(to set: inout TrustSetRecord) throws {
        if !authorities.isEmpty { set.authorities = authorities }
        if serverAuthUntil != nil || endsServerAuth { set.serverAuthUntil = serverAuthUntil }
        let hadSources = !set.sources.isEmpty
        if !sources.isEmpty || forgetsSources { set.sources = sources }
        if let revocation {
            set.revocation = revocation.rawValue
        } else if set.sources.isEmpty {
            set.revocation = RevocationChoice.off.rawValue
        } else if !hadSources {
            set.revocation = RevocationChoice.hard.rawValue
        }
        try TrustSetRules.check(set)
        let anchors = try TrustSetRules.anchors(set)
        for file in files { try file.check(under: anchors, mode: set.revocation, now: now) }
    }

    /// Warns of lists that `set` had before, and that do not count under what it has now.
    func warnOfKeptLists(in set: TrustSetRecord) throws {
        guard sources.isEmpty, !authorities.isEmpty || revocation != nil else { return }
        let anchors = try TrustSetRules.anchors(set)
        for source in set.sources where RevocationSource.isFile(source) {
            do {
                let file = try RevocationFile(source)
                file.warn(under: anchors, mode: set.revocation, now: now)
            } catch let error as Refusal {
                Output.warn(error.description)
            }
        }
    }
}

extension TrustSetChange {
    /// Warns of each list in a file of `--crl` that is older than one of the sources `before`, and
    /// says which of them counts in `set` now.
    ///
    /// What the server fetched from a URL, or read from a file that was overwritten since, is not
    /// known here.
    func warnOfOlderLists(than before: [String], in set: TrustSetRecord) throws {
        let anchors = try TrustSetRules.anchors(set)
        let others = before.filter(RevocationSource.isFile).compactMap { try? RevocationFile($0) }
        for file in files where !before.contains(file.path) {
            for list in file.lists {
                for other in others {
                    let newer = other.lists.filter { newer in
                        switch newer.standing(under: anchors, now: now) {
                        case .counts, .notNow: list.isOlder(than: newer)
                        case .unknownIssuer, .never: false
                        }
                    }
                    guard let newer = newer.max(by: { $0.isOlder(than: $1) }) else { continue }
                    warn(of: list, in: file, olderThan: newer, in: other)
                }
            }
        }
    }

    private func warn(
        of list: RevocationList,
        in file: RevocationFile,
        olderThan newer: RevocationList,
        in other: RevocationFile
    ) {
        // Every list that is named counts: a certificate is revoked if any of them names it.
        let isNewerKept = files.contains { file in
            file.lists.contains { $0.digest == newer.digest || newer.isOlder(than: $0) }
        }
        Output.warn(
            "\(Output.printable(file.path)): the list of \(Output.printable(list.issuer)), of"
                + " \(CertificateTime.text(list.thisUpdate)), is older than that in"
                + " \(Output.printable(other.path)), of \(CertificateTime.text(newer.thisUpdate));"
                + (isNewerKept
                    ? " the newer one stays in force beside it"
                    : " the older one counts from now on, and a certificate that was revoked in"
                        + " between is accepted again")
        )
    }
}

/// What a trust set must be to make sense, whichever command made it.
enum TrustSetRules {
    static func checkName(_ name: String) throws {
        guard TrustSetRecord.isName(name) else {
            throw ValidationError(
                "The name of a trust set has 1 to 64 letters, digits, full stops, underscores and"
                    + " hyphens, without accents."
            )
        }
    }

    /// The end of what is allowed until the day `text`, that day included.
    static func serverAuthEnd(_ text: String, now: Int64) throws -> Int64 {
        do throws(ServerAuthPermission.Refusal) {
            return try ServerAuthPermission.end(of: text, now: now)
        } catch {
            let reason =
                switch error {
                case .noDay: "is no day. Write it as YYYY-MM-DD, such as 2027-06-30."
                case .past: "is over, in UTC. Name a day that is still to end."
                case .tooFar(let last):
                    "is more than \(ServerAuthPermission.daysMax) days ahead. Name \(last) at the"
                        + " latest; what is allowed can be extended later."
                }
            throw Output.usage("--allow-server-auth-until \(Output.printable(text)) \(reason)")
        }
    }

    /// Throws what ends the command with status 64, after it has said what to do.
    static func check(_ set: TrustSetRecord) throws {
        guard !set.authorities.isEmpty else {
            throw Output.usage("A trust set needs a CA. Give --ca-certificate FILE.")
        }
        guard set.authorities.count <= TrustSetRecord.authoritiesMax,
            Set(set.authorities).count == set.authorities.count
        else {
            throw Output.usage(
                "A trust set has at most \(TrustSetRecord.authoritiesMax) CA certificates, each"
                    + " once."
            )
        }
        do throws(CertificateError) {
            _ = try ChainVerifier(anchors: try anchors(set))
        } catch {
            throw Refusal(error.description)
        }
        guard set.sources.count <= TrustSetRecord.sourcesMax,
            Set(set.sources).count == set.sources.count
        else {
            throw Output.usage(
                "A trust set has at most \(TrustSetRecord.sourcesMax) sources of revocation lists,"
                    + " each once."
            )
        }
        guard !set.sources.isEmpty || set.revocation == RevocationChoice.off.rawValue else {
            throw Output.usage(
                "--revocation \(set.revocation) needs a revocation list. Give --crl SOURCE, or"
                    + " --revocation off."
            )
        }
    }

    static func anchors(_ set: TrustSetRecord) throws(CertificateError) -> [Certificate] {
        var anchors: [Certificate] = []
        for der in set.authorities { anchors.append(try Certificate(der: der)) }
        return anchors
    }
}

/// A place that a revocation list comes from, as people name it.
enum RevocationSource {
    /// The URL as it is, or the file's absolute path.
    ///
    /// A file need not be there yet; what is there is a file that can be read.
    static func parse(_ text: String) throws -> String {
        let shown = Output.printable(text)
        if hasScheme(text) {
            // A revocation list is signed itself: RFC 5280 §8 does not want https for it.
            guard let refusal = FetchURL.refusal(text, schemes: [.https, .http]) else {
                return text
            }
            throw Output.usage("The revocation list \(shown) is refused: \(refusal).")
        }
        let path = URL(fileURLWithPath: text).absoluteURL.standardized.path
        guard !text.isEmpty, TrustSetRecord.isSource(path) else {
            throw Output.usage(
                "The revocation list \(shown) is refused. Give the path of a file, with at most"
                    + " \(TrustSetRecord.sourceBytesMax) bytes and no control characters, or an"
                    + " http or https URL."
            )
        }
        guard FileManager.default.fileExists(atPath: path) else {
            // A list may come later; what is neither there nor a whole path is a typing error.
            guard text.hasPrefix("/") else {
                throw Refusal(
                    "There is no file \(Output.printable(path)). Give the path from / on if the"
                        + " revocation list comes later, or a URL with http:// or https://."
                )
            }
            Output.warn("there is no file \(shown) yet")
            return path
        }
        try refuseOthers(path)
        return path
    }

    /// Whether it is a path, of a file that is there.
    static func isFile(_ source: String) -> Bool {
        RevocationListSource.isFile(source) && FileManager.default.fileExists(atPath: source)
    }

    /// Whether it begins as a URI does (RFC 3986 §3.1); a file called so needs `./` before it.
    private static func hasScheme(_ text: String) -> Bool {
        guard let colon = text.firstIndex(of: ":"), let first = text.first else { return false }
        return first.isASCII && first.isLetter
            && text[..<colon].allSatisfy {
                $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0))
            }
    }

    private static func refuseOthers(_ path: String) throws {
        let resolved = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        let type = try? FileManager.default.attributesOfItem(atPath: resolved)[.type]
        // Opening a pipe would wait for whoever writes to it.
        guard type as? FileAttributeType == .typeRegular else {
            throw Refusal("\(Output.printable(path)) is not a file. Name the revocation list.")
        }
    }
}
