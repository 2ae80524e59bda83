// SPDX-License-Identifier: Apache-2.0
/// The program that writes to the store; the change log keeps it with each change.
package enum Author: Sendable, Hashable {
    /// A command, run by this user of the operating system.
    case command(user: String)
    /// An administrator, over the administrative listener.
    case administration
    /// The server by itself, for example with keys that it has fetched.
    case server

    /// As the change log has it: one word, and for a command its user after a colon.
    package var text: String {
        switch self {
        case .command(let user): "command:" + user
        case .administration: "administration"
        case .server: "server"
        }
    }

    /// The author of this `text`; nil for one that this version does not know.
    package init?(text: String) {
        switch text {
        case "administration": self = .administration
        case "server": self = .server
        default:
            let prefix = "command:"
            guard text.hasPrefix(prefix) else { return nil }
            self = .command(user: String(text.dropFirst(prefix.count)))
        }
    }
}
