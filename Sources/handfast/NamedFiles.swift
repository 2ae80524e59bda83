// SPDX-License-Identifier: Apache-2.0
internal import Reactor
internal import Registration

/// The files that flags name; their warnings go to standard error.
extension RegistrationFiles {
    /// Those of a command that runs `now`.
    init(now: Int64) { self.init(now: now, in: Folder.current) }

    /// Prints what there is to say of the files; throws what was wrong with any of them.
    func conclude() throws(RegistrationError) {
        for warning in warnings { Output.warn(warning.line) }
        try finish()
    }
}
