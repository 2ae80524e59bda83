// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Registration
internal import Storage
internal import Text

/// The audit of all changes.
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "See who changed what and when, and check that no row was tampered with.",
        discussion: """
            Every change of a client, user, trust set, key or token has a row, written in the same \
            transaction, whichever way the change came. Each row is bound to the one before it \
            under audit.key of the data directory: who can read that file can forge rows. Keep \
            the head that `audit head` prints elsewhere; `audit verify --head` then shows whether \
            the whole database was replaced by an older copy.

            Examples:

              handfast audit list --client CLIENT_ID --data DIR
              handfast audit verify --data DIR
              handfast audit follow --to syslog:unix:/dev/log --data DIR
            """,
        subcommands: [
            AuditList.self, AuditVerify.self, AuditHeadCommand.self, AuditFollow.self,
            AuditRenew.self,
        ]
    )
}

/// Lists entries.
struct AuditList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List changes, oldest first: the newest ones, or those after a number."
    )

    @Option(help: .value("number", "Begin behind the row of this number."))
    var after: Int64?

    @Option(help: .value("count", "At most so many, 1 to 10000."))
    var limit = 50

    @Option(help: .value("client", "Only changes of this client_id. Repeatable."))
    var client: [String] = []

    @Option(help: .value("name", "Only changes of this user. Repeatable."))
    var user: [String] = []

    @Option(help: .value("name", "Only changes of this trust set. Repeatable."))
    var trustSet: [String] = []

    @Option(help: .value("name", "Only changes of this trusted issuer. Repeatable."))
    var issuer: [String] = []

    @Option(
        help: .value(
            "author",
            "Only changes by this author, as entries name it: command:ann, administration:ci."
        )
    )
    var author: String?

    @Option(help: .choice("action", "Only changes of this sort", of: AuditAction.self))
    var action: AuditAction?

    @Option(help: .value("time", "Only changes at this time or later: 2027-01-31T00:00:00Z."))
    var since: String?

    @Option(help: .value("time", "Only changes before this time."))
    var until: String?

    @Flag(help: "Print a line of JSON for each.")
    var json = false

    @OptionGroup var data: DataOptions

    func validate() throws {
        let limits = AuditQuery.limits
        guard limits.contains(limit) else {
            throw ValidationError("--limit is from \(limits.lowerBound) to \(limits.upperBound).")
        }
        guard things.count <= AuditQuery.thingsMax else {
            throw ValidationError(
                "--client, --user and --trust-set can be given \(AuditQuery.thingsMax) times."
            )
        }
        for text in [since, until].compactMap({ $0 }) {
            guard TimestampText.milliseconds(text) != nil else {
                throw ValidationError("\(text) is no time. Give one such as 2027-01-31T00:00:00Z.")
            }
        }
        guard after ?? 0 >= 0 else { throw ValidationError("--after is 0 or more.") }
    }

    /// The records whose changes are listed.
    private var things: [AuditQuery.Thing] {
        client.map { AuditQuery.Thing(.client, $0) } + user.map { AuditQuery.Thing(.user, $0) }
            + trustSet.map { AuditQuery.Thing(.trustSet, $0) }
            + issuer.map { AuditQuery.Thing(.issuer, $0) }
    }

    private static func seconds(_ text: String?) -> Int64? {
        text.flatMap(TimestampText.milliseconds).map { $0 / 1_000 }
    }

    func run() throws {
        var query = AuditQuery(
            after: after ?? 0,
            limit: limit,
            newestFirst: after == nil,
            of: things
        )
        (query.author, query.action) = (author, action)
        (query.since, query.until) = (Self.seconds(since), Self.seconds(until))
        let found = try data.open().audit(query)
        for entry in after == nil ? found.reversed() : found {
            Output.line(json ? String(decoding: entry.line, as: UTF8.self) : entry.text)
        }
    }
}

/// Checks the chain.
struct AuditVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check every row against its code, and the last one against the head.",
        discussion: "Ends with status 1 where something is wrong, and says which row is the first."
    )

    @Option(
        help: .value(
            "head",
            "A head that `handfast audit head` printed before: its row must be there, and the same."
        )
    )
    var head: String?

    @OptionGroup var data: DataOptions

    func run() throws {
        let kept = try head.map { text in
            guard let mark = AuditMark(text: text) else {
                throw Output.usage(
                    "--head is a line of `handfast audit head`: a number, a colon and 64"
                        + " hexadecimal digits."
                )
            }
            return mark
        }
        let report = try data.open().read { reader in
            try AuditVerification.report(reader, keeping: kept)
        }
        if let finding = report.finding { Output.fail([finding.sentence], isUsage: false) }
        print(report.text)
    }
}

/// Prints the head.
struct AuditHeadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "head",
        abstract: "Print the newest row's number and code, to be kept elsewhere.",
        discussion: "The rows are not checked; `handfast audit verify` does that."
    )

    @OptionGroup var data: DataOptions

    func run() throws {
        let report = try data.open().read { reader in try AuditVerification.headReport(reader) }
        if let finding = report.finding { Output.fail([finding.sentence], isUsage: false) }
        guard let newest = report.newest else { throw CommandError("The audit has no row yet.") }
        print(newest.text)
    }
}

/// Begins anew under another key.
struct AuditRenew: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "renew",
        abstract: "Make another audit.key, and go on under it with a row that says so.",
        discussion: """
            For when the key is lost or the head was damaged, and changes are refused for it. The \
            rows before stay, and cannot be checked any more; the key that was there becomes \
            audit.key.old. Find out first what happened: `handfast audit verify`.
            """
    )

    @OptionGroup var data: DataOptions

    func run() throws {
        try data.open().write(by: .thisCommand, at: epochSeconds()) { try $0.renewAudit() }
        print("renewed: rows from now on are checked under another key")
    }
}

extension AuditAction: ExpressibleByArgument {}
