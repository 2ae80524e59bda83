internal import ArgumentParser
internal import Cryptography
internal import Server
internal import Store

/// Lists trust sets.
struct TrustSetList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the trust sets by name."
    )

    @OptionGroup var data: DataOptions

    @Flag(help: "Print an array of objects.")
    var json = false

    func run() throws {
        let now = epochSeconds()
        let sets = try data.open().trustSets()
        guard !json else {
            print(try Output.json(sets.map { TrustSetInformation($0) }))
            return
        }
        print(Output.columns([("CAS", 3), ("CRLS", 4), ("REVOCATION", 10), ("NAME", 0)]))
        for set in sets {
            print(
                Output.columns(
                    [
                        ("\(set.authorities.count)", 3), ("\(set.sources.count)", 4),
                        (set.revocation, 10), (set.name, 0),
                    ] + (Self.permission(of: set, now: now).map { [($0, 0)] } ?? [])
                )
            )
        }
    }
}

extension TrustSetList {
    /// What the set accepts beside certificates for clients; nil if nothing.
    static func permission(of set: TrustSetRecord, now: Int64) -> String? {
        set.serverAuthUntil.map { end in
            "certificates for servers only accepted until the end of "
                + "\(ServerAuthPermission.day(of: end)), UTC" + (now < end ? "" : ", which is over")
        }
    }
}

/// Shows one trust set.
struct TrustSetShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show the CAs and the revocation lists of a trust set."
    )

    @OptionGroup var argument: TrustSetArgument
    @OptionGroup var data: DataOptions

    @Flag(help: "Print an object.")
    var json = false

    func run() throws {
        let store = try data.open()
        guard let set = try store.trustSet(argument.name) else {
            throw Refusal(
                "There is no trust set \(argument.name). See `handfast trust-set list`."
            )
        }
        let clients = try store.clientCount(trustSet: set.name)
        if json {
            print(try Output.json(TrustSetInformation(set, clients: clients)))
        } else {
            print(Output.lines(Self.facts(set, clients, now: epochSeconds())))
        }
    }

    private static func facts(
        _ set: TrustSetRecord,
        _ clients: Int,
        now: Int64
    ) -> [(String, String)] {
        var facts = [("name", set.name)]
        facts += CertificateReading.records(of: set).map {
            ("CA certificate", ClientShow.describe($0))
        }
        facts += set.sources.map { ("CRL", $0) }
        if let permission = TrustSetList.permission(of: set, now: now) {
            facts.append(("server auth", permission))
        }
        facts += [
            ("revocation", set.revocation),
            ("clients", "\(clients)"),
            ("made", CertificateTime.text(set.created)),
        ]
        return facts
    }
}

/// A trust set for programs.
struct TrustSetInformation: Encodable {
    private let name: String
    private let certificates: CertificateKeySet
    private let sources: [String]
    private let revocation: String
    private let serverAuthUntil: String?
    private let created: Int64
    private let clients: Int?

    private enum CodingKeys: String, CodingKey {
        case name, revocation, clients
        case certificates = "ca_certificates"
        case sources = "crl"
        case serverAuthUntil = "allow_server_auth_until"
        case created = "created_at"
    }

    /// `clients`: how many there are, where that was asked for.
    init(_ set: TrustSetRecord, clients: Int? = nil) {
        name = set.name
        certificates = CertificateKeySet(CertificateReading.records(of: set))
        sources = set.sources
        revocation = set.revocation
        serverAuthUntil = set.serverAuthUntil.map(ServerAuthPermission.day(of:))
        created = set.created
        self.clients = clients
    }
}

extension CertificateReading {
    /// The authorities of `set` as a client's own would be registered.
    ///
    /// They were checked when they came in; one that cannot be read any more is left out.
    static func records(of set: TrustSetRecord) -> [CertificateRecord] {
        set.authorities.compactMap { der in
            (try? Certificate(der: der)).map { CertificateRecord($0, now: set.created) }
        }
    }
}
