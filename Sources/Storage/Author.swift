// SPDX-License-Identifier: Apache-2.0
/// The person or program that writes to the store; the change log and the audit keep it with each
/// change.
package enum Author: Sendable, Hashable {
    /// A command, run by this user of the operating system.
    case command(user: String)
    /// An administrator over the administrative listener, with the token of this name.
    case administration(name: String)
    /// An administrator at the console, which this user of the operating system runs.
    case console(user: String)
    /// The server by itself, for example with keys that it has fetched.
    case server

    /// The name of the token that the first start makes, in `admin.token`.
    package static let firstTokenName = "first"

    /// The administrator with the token of `admin.token`.
    package static let firstAdministrator = Author.administration(name: firstTokenName)

    /// As the change log has it: one word, and but for the server a name after a colon.
    package var text: String {
        switch self {
        case .command(let user): "command:" + user
        case .administration(let name): "administration:" + name
        case .console(let user): "console:" + user
        case .server: "server"
        }
    }

    /// The author of this `text`; nil for one that this version does not know.
    ///
    /// Older logs have `administration` alone, when there was one token.
    package init?(text: String) {
        guard let colon = text.firstIndex(of: ":") else {
            switch text {
            case "administration": self = .firstAdministrator
            case "server": self = .server
            default: return nil
            }
            return
        }
        let name = String(text[text.index(after: colon)...])
        switch text[..<colon] {
        case "command": self = .command(user: name)
        case "administration": self = .administration(name: name)
        case "console": self = .console(user: name)
        default: return nil
        }
    }
}
