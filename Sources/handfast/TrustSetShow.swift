// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Cryptography
internal import Registration
internal import Server
internal import Storage

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
        // They were checked when they came in; without them no list counts.
        let anchors = (try? TrustSetRules.anchors(set)) ?? []
        let now = epochSeconds()
        let lists = set.sources.flatMap { ListDescription.all(of: $0, anchors, now: now) }
        if json {
            print(try Output.json(TrustSetInformation(set, clients: clients, lists: lists)))
        } else {
            print(Output.lines(Self.facts(set, clients, lists, now: now)))
        }
    }

    private static func facts(
        _ set: TrustSetRecord,
        _ clients: Int,
        _ lists: [ListDescription],
        now: Int64
    ) -> [(String, String)] {
        var facts = [("name", set.name)]
        facts += CertificateReading.records(of: set).map {
            ("CA certificate", ClientShow.describe($0))
        }
        for source in set.sources {
            facts.append(("CRL", source))
            facts += lists.filter { $0.source == source }.map { ("  list", $0.text) }
        }
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

/// A revocation list of a trust set, or why there is none at its source.
struct ListDescription: Encodable {
    let source: String
    private var issuer: String?
    private var entries: Int?
    private var nextUpdate: Int64?
    /// Nil for a URL, which the server fetches and this command does not.
    private var counts: Bool?
    private var reason: String?

    private enum CodingKeys: String, CodingKey {
        case source, issuer, entries, counts, reason
        case nextUpdate = "next_update"
    }

    /// What `source` has now; a URL is not fetched.
    static func all(of source: String, _ anchors: [Certificate], now: Int64) -> [ListDescription] {
        guard RevocationListSource.isFile(source) else {
            return [ListDescription(source: source, reason: "fetched by the server, not here")]
        }
        do {
            return try RevocationFile(source).lists.map { list in
                let standing = list.standing(under: anchors, now: now)
                return ListDescription(
                    source: source,
                    issuer: list.issuer,
                    entries: list.entryCount,
                    nextUpdate: list.nextUpdate,
                    counts: standing == .counts,
                    reason: standing.reason
                )
            }
        } catch {
            return [ListDescription(source: source, counts: false, reason: "\(error)")]
        }
    }

    /// For people.
    var text: String {
        guard let issuer, let nextUpdate else {
            return (counts == nil ? "" : "does not count: ") + (reason ?? "")
        }
        let end = CertificateTime.text(nextUpdate)
        return "of \(issuer), entries: \(entries ?? 0), "
            + (reason.map { "does not count: \($0)" } ?? "counts until \(end)")
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
    private let lists: [ListDescription]?

    private enum CodingKeys: String, CodingKey {
        case name, revocation, clients
        case lists = "crl_lists"
        case certificates = "ca_certificates"
        case sources = "crl"
        case serverAuthUntil = "allow_server_auth_until"
        case created = "created_at"
    }

    /// `clients` and `lists`: how many there are, and what they are, where that was asked for.
    init(_ set: TrustSetRecord, clients: Int? = nil, lists: [ListDescription]? = nil) {
        name = set.name
        certificates = CertificateKeySet(CertificateReading.records(of: set))
        sources = set.sources
        revocation = set.revocation
        serverAuthUntil = set.serverAuthUntil.map(ServerAuthPermission.day(of:))
        created = set.created
        self.clients = clients
        self.lists = lists
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
