// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Cryptography
internal import Registration
internal import Storage

/// `handfast verify`: why a certificate authenticates a client, or why it does not.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Show whether a certificate authenticates a client, check by check.",
        discussion: """
            Makes the checks that the server makes, with the same code and in the same order, on \
            the registration as it is now. Each is passed, failed or not reached; the first that \
            failed decides, and what to change stands below. With --certificate comes what the \
            client sends: its certificate first, and perhaps its chain after it; --chain adds to \
            that.

            What this cannot check: that the client holds the certificate's key, which the \
            handshake proves; and whether the server's configuration allows the client's method. \
            Revocation lists are read anew; a server that cannot reach one goes by the last \
            it had. \
            A running server that accepted a certificate under a CA goes by that until the first \
            certificate on the path expires, whatever is sent along later.

            Exits 0 when the client would be authenticated, 1 when not, and 64 when the arguments \
            cannot be used.

            Example:

              handfast verify --data DIR --client playground2 --certificate client.pem
            """
    )

    @Option(help: ArgumentHelp("The client's client_id, or its name.", valueName: "id"))
    var client: String

    @Option(
        help: ArgumentHelp(
            "The client's certificate, PEM or DER, and perhaps its chain.",
            valueName: "file"
        )
    )
    var certificate: String

    @Option(
        help: ArgumentHelp(
            "Certificates that the client sends along. Repeatable.",
            valueName: "file"
        )
    )
    var chain: [String] = []

    @OptionGroup var data: DataOptions

    @Flag(help: "Print a JSON object.")
    var json = false

    func run() throws {
        let presented = try Self.certificates(in: certificate)
        guard let leaf = presented.first else {
            throw Output.usage("\(certificate) has no certificate. Name the client's own.")
        }
        let sent = try presented.dropFirst() + chain.flatMap(Self.certificates)
        let store = try data.open()
        let record = try Self.record(client, in: store)
        let now = epochSeconds()
        let set = try record?.trustSet.flatMap { try store.trustSet($0) }
        let known = KnownAuthorities()
        let report = AuthenticationExplanation(
            record,
            named: client,
            under: set.map { Self.trustSet($0, sent: Array(sent), now: now) },
            presenting: leaf,
            with: Array(sent),
            now: now,
            publicAuthority: { known.reading.reason($0) }
        ).report
        print(json ? try Output.json(report) : report.text)
        guard report.authenticated else { throw ExitCode.failure }
    }

    /// The set, with its lists read anew.
    private static func trustSet(
        _ set: TrustSetRecord,
        sent: [Certificate],
        now: Int64
    ) -> AuthenticationExplanation.TrustSet {
        let lists = RevocationReading(set, sent: sent, now: now, read: RegistrationFiles.lists)
        return AuthenticationExplanation.TrustSet(
            set,
            revocation: lists.revocation,
            unreadable: lists.failures,
            notCounting: lists.notCounting
        )
    }

    private static func certificates(in file: String) throws -> [Certificate] {
        do throws(CertificateError) {
            let bytes = try CertificateContainer.plain(try CertificateFile.read(file))
            return try CertificateFile.certificates(in: bytes)
        } catch {
            throw Output.usage("\(file): \(error.description)")
        }
    }

    private static func record(_ name: String, in store: any RegistrationStore) throws
        -> ClientRecord?
    {
        do throws(StoreError) {
            return try store.client(try store.clientID(for: name))
        } catch {
            switch error.kind {
            case .notFound: return nil
            case .ambiguous: throw Output.usage("\(error.sentence).")
            default: throw error
            }
        }
    }
}

/// The machine's public CAs, read when they are first asked for.
private final class KnownAuthorities {
    private(set) lazy var reading = PublicAuthorityReading.machine()
}

extension AuthenticationReport {
    /// For people: who and what, a line for each check, and the end of it.
    var text: String {
        var facts = [("client", [clientID, clientName].compactMap { $0 }.joined(separator: "  "))]
        facts += [("certificate", subject), ("x5t#S256", thumbprint)]
        if clientID == nil { facts.removeFirst() }
        if let trustSet {
            facts.append(("trust set", trustSet.name))
            facts.append(("revocation", trustSet.revocation))
            facts += trustSet.unreadable.map { ("unreadable", Output.printable($0)) }
            facts += (trustSet.notCounting ?? []).map { ("does not count", $0) }
        }
        let lines = checks.map { check in
            let result = check.result == .failed ? "FAILED" : check.result.rawValue
            guard let detail = check.detail else { return Self.padded(result, 13) + check.check }
            return Self.padded(result, 13) + Self.padded(check.check, 18)
                + Output.printable(detail)
        }
        var end = ["result: the client would be authenticated"]
        if let acceptedOnlyUntil { end[0] += ", until the end of \(acceptedOnlyUntil) only (UTC)" }
        if let decidedBy, let log, let remedy {
            end = [
                "result: the client would not be authenticated",
                "decided by: \(decidedBy); the server's log names it \(log)",
                "what to do: \(Output.printable(remedy))",
            ]
        }
        return ([Output.lines(facts), ""] + lines + [""] + end).joined(separator: "\n")
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.utf8.count))
    }
}
