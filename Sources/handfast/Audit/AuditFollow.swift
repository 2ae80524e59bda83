// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Following
internal import Registration
internal import Storage

// Not in Following, which knows no arguments.
extension AuditTarget: ExpressibleByArgument {
    /// The word that help gives as the default.
    var defaultValueDescription: String { self == .output ? "-" : name }

    init?(argument: String) { self.init(argument) }
}

/// Hands each change on as it is made.
struct AuditFollow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "follow",
        abstract: "Hand each change on, as it is made, to standard output, a file or syslog.",
        discussion: """
            Reads the audit beside the server and its commands, and holds none of them up: where \
            the target does not take what comes, the changes wait in the audit, and standard \
            error says so, and how many wait. Runs until it is ended.

            With --position FILE, it goes on behind what it has handed on before, also after an \
            end or a restart; an entry may come twice then, and none is left out. It writes the \
            place where it begins before anything else, and ends with status 1 where it cannot. \
            Where the last one is not in the audit any more, because the directory was restored \
            from a backup, it ends with status 1, too, and says how to go on. UDP may lose \
            messages on the way, and nobody tells.

            Examples:

              handfast audit follow --after 0 --to changes.jsonl --data DIR
              handfast audit follow --to syslog:unix:/dev/log --position audit.position --data DIR
            """
    )

    @Option(help: .value("target", "Where to: \(AuditTarget.forms)."))
    var to = AuditTarget.output

    @Option(help: .value("number", "Begin behind the row of this number, and not with now."))
    var after: Int64?

    @Option(
        help: .value(
            "file",
            "Where to keep the number and the code of the last entry; it comes before --after once"
                + " it is there."
        )
    )
    var position: String?

    @OptionGroup var data: DataOptions

    func validate() throws {
        guard after ?? 0 >= 0 else { throw ValidationError("--after is 0 or more.") }
    }

    func run() throws {
        let store = try data.open()
        let file = position.map(AuditPosition.init)
        let start = try AuditFollower.start(store, after: after, keeping: file)
        var follower = AuditFollower(store, to: to, after: start, keeping: file) { note in
            Output.line("audit follow: \(PrintableText.escaped(note))", to: .error)
        }
        while true { try follower.turn() }
    }
}
