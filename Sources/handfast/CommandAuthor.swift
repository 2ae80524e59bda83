// SPDX-License-Identifier: Apache-2.0
internal import Reactor
internal import Storage

extension Author {
    /// This command, run by its user.
    static var thisCommand: Author { .command(user: SystemCall.userName) }
}
