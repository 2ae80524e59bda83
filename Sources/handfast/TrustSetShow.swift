// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Cryptography
internal import Registration
internal import Storage
internal import Text

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
            print(Output.json(.array(sets.map { TrustSetInformation.value($0) })))
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
        try TrustSetRegistration.check(name: argument.name)
        let store = try data.open()
        guard let set = try store.trustSet(argument.name) else {
            throw Refusal(
                "There is no trust set \(argument.name). See `handfast trust-set list`."
            )
        }
        let clients = try store.clientCount(trustSet: set.name)
        let now = epochSeconds()
        let lists = RevocationListInformation.all(
            of: set,
            now: now,
            read: RegistrationFiles.lists
        )
        if json {
            print(Output.json(TrustSetInformation.value(set, clients: clients, lists: lists)))
        } else {
            print(Output.lines(Self.facts(set, clients, lists, now: now)))
        }
    }

    private static func facts(
        _ set: TrustSetRecord,
        _ clients: Int,
        _ lists: [RevocationListInformation],
        now: Int64
    ) -> [(String, String)] {
        var facts = [("name", set.name)]
        facts += CertificateRegistration.records(of: set).map {
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

extension RevocationListInformation {
    /// For people.
    fileprivate var text: String {
        guard let issuer, let nextUpdate else {
            return (counts == nil ? "" : "does not count: ") + (reason ?? "")
        }
        let end = CertificateTime.text(nextUpdate)
        return "of \(issuer), entries: \(entries ?? 0), "
            + (reason.map { "does not count: \($0)" } ?? "counts until \(end)")
    }
}
