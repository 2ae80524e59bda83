// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
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
        print(TrustSetFacts.columns.heading)
        for set in sets { print(TrustSetFacts.line(set, now: now)) }
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
            read: RevocationListSource.lists
        )
        if json {
            print(Output.json(TrustSetInformation.value(set, clients: clients, lists: lists)))
        } else {
            print(
                FactLines.text(TrustSetFacts.all(set, clients: clients, lists: lists, now: now))
            )
        }
    }
}
