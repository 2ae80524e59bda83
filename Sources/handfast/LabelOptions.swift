// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Registration

/// The labels that a command gives to a client, a user or a trust set.
struct LabelOptions: ParsableArguments {
    @Option(
        help: .value(
            "name=value",
            "A label, such as team=payments, in place of the one with its name. Repeatable."
        )
    )
    var label: [String] = []

    func validate() throws {
        let names = label.map { Self.parts($0)?.name }
        guard !names.contains(nil) else {
            throw ValidationError("--label takes a name and a value: --label team=payments.")
        }
        guard Set(names).count == names.count else {
            throw ValidationError("Give each label once.")
        }
    }

    /// The change that the options ask for.
    var change: LabelChange {
        var change = LabelChange()
        for (name, value) in label.compactMap(Self.parts) { change.set[name] = value }
        return change
    }

    private static func parts(_ text: String) -> (name: String, value: String)? {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
    }
}

/// The labels that a command takes away.
struct LabelRemovalOptions: ParsableArguments {
    @Option(help: .value("name", "A label to take away. Repeatable."))
    var noLabel: [String] = []
}
