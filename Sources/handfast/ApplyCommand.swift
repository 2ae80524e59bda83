// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Declaring
internal import Reactor
internal import Registration
internal import Storage
internal import Text

/// Brings the registrations to what files say.
struct ApplyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Register what files say, clients and others: all or nothing.",
        discussion: """
            A file has lists clients, issuers, trust_sets and users in YAML or JSON. An entry \
            replaces what is registered: what it leaves out gets its default, except secrets and \
            passwords, which stay. What is not in the files is left alone, unless --prune says \
            otherwise.

            Prints what changes (+ created, ~ changed, - removed) and writes it in one \
            transaction. With --dry-run nothing is written, and the status is 2 where something \
            would change, 0 where nothing would. The status is 1 where a file, or what it would \
            make, is refused, or the data directory cannot be used, and 64 where the command line \
            is wrong; nothing is written then.

            Example:

              handfast apply -f clients.yaml --dry-run --data DIR
            """
    )

    @Option(
        name: [.customShort("f"), .customLong("file")],
        help: .value("file", "A file in YAML, or in JSON (.json); - is standard input. Repeatable.")
    )
    var file: [String]

    @Flag(help: "Write nothing; the status is 2 where something would change.")
    var dryRun = false

    @Option(
        help: .value(
            "label=value",
            "Remove what has this label and is in none of the files.",
            discussion: "An entry that is registered with another value of the label is refused."
        )
    )
    var prune: String?

    @Option(
        help: .value(
            "file",
            "Where to write the secrets of clients that get one, a JSON object in a line each.",
            discussion: "Readable for its owner alone; what stands there stays. Without it, a"
                + " client that needs a new secret is refused."
        )
    )
    var secrets: String?

    @Flag(help: "Print what changes as a JSON object.")
    var json = false

    @OptionGroup var data: DataOptions

    func validate() throws {
        guard prune.map({ LabelSelector($0).value != nil }) ?? true else {
            throw ValidationError("--prune takes a label and its value: --prune team=payments.")
        }
        guard file.count(where: { $0 == "-" }) <= 1 else {
            throw ValidationError("Give - once: standard input can be read once only.")
        }
    }

    func run() throws {
        let now = epochSeconds()
        let plan: ApplyPlan
        do {
            let files = try file.map(Self.read)
            let store = try data.open(creating: !dryRun)
            plan = try ApplyPlanner.plan(
                files,
                pruning: prune.map { LabelSelector($0) },
                in: store,
                at: now
            )
            for warning in plan.warnings { Output.warn(warning) }
            try requireSecretsFile(plan)
            if !dryRun { try write(plan, to: store, at: now) }
        } catch let error as DeclarationError {
            Output.fail(error.lines, isUsage: false)
        }
        if json {
            print(plan.value(isWritten: !dryRun).indentedText)
        } else {
            for difference in plan.differences { print(difference.lines.joined(separator: "\n")) }
            print(plan.summary(isWritten: !dryRun))
        }
        if dryRun, !plan.isEmpty { throw ExitCode(2) }
    }

    private static func read(_ path: String) throws(DeclarationError) -> DeclarationFile {
        guard path == "-" else { return try DeclarationFile(reading: path) }
        return try DeclarationFile(readingInput: 0)
    }

    private func requireSecretsFile(_ plan: ApplyPlan) throws(CommandError) {
        let names = plan.clientsWithNewSecrets
        guard !names.isEmpty, secrets == nil else { return }
        let shown = names.prefix(3).map(PrintableText.escaped).joined(separator: ", ")
        let more = names.count > 3 ? " and \(names.count - 3) more" : ""
        throw CommandError(
            "Nothing was written: \(shown)\(more) would get a secret. Name the file for it with"
                + " --secrets FILE."
        )
    }

    private func write(_ plan: ApplyPlan, to store: any RegistrationStore, at now: Int64) throws {
        var written: SecretsFile?
        if let secrets, !plan.clientsWithNewSecrets.isEmpty {
            written = try FileRights.asInvoker { try SecretsFile(secrets, adding: plan) }
        }
        // The file is this program's until it is known whether its lines stay.
        defer { withExtendedLifetime(written) {} }
        do {
            try plan.write(to: store, by: .thisCommand, at: now)
        } catch {
            // After such a failure the clients may be there, with these secrets.
            if (error as? StoreError)?.kind != .commitUnknown {
                try FileRights.asInvoker { try written?.takeBack() }
            }
            throw error
        }
    }
}

/// Prints what is registered as a file for `handfast apply`.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Print clients, users and trust sets as a file for handfast apply.",
        discussion: """
            Without secrets and passwords. Applying it to the same directory changes nothing; in \
            an empty one, clients get new secrets and users have no passwords.
            """
    )

    @Option(help: .value("label", "Only what has this label, name or name=value."))
    var label: String?

    @Option(
        help: .choice("format", "The language of the file", of: RegistrationExport.Format.self)
    )
    var format = RegistrationExport.Format.yaml

    @OptionGroup var data: DataOptions

    func run() throws {
        try RegistrationExport.write(
            data.open(),
            label: label.map { LabelSelector($0) },
            as: format
        ) { part in
            print(String(decoding: part, as: UTF8.self), terminator: "")
        }
    }
}

extension RegistrationExport.Format: ExpressibleByArgument {}
