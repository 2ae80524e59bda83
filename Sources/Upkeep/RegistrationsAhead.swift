// SPDX-License-Identifier: Apache-2.0
package import Logging
package import Storage

/// The registrations of a store, read while it is still being opened.
package final class RegistrationsAhead {
    private let log: Logger
    private var found: (contents: RegistryContents, position: ChangePosition)?

    /// Nothing is read yet; `log` is told of records that cannot be used.
    package init(log: Logger) {
        self.log = log
    }

    /// Reads everything; linear in the clients.
    package func read(_ reader: any RegistrationReader) throws {
        found = try StoreNews.readContents(reader, log: log)
    }

    /// Drops what was read.
    package func forget() { found = nil }

    /// The registrations that were read, and the position to which they belong; nil where there are
    /// none, or `store` was changed since.
    ///
    /// Once only, so that one registry is in memory when it is replaced.
    func take(from store: any RegistrationStore) throws -> (StoreNews, ChangePosition)? {
        guard let (contents, position) = found else { return nil }
        found = nil
        guard try store.read({ try $0.position() }) == position else { return nil }
        return (.whole(contents, []), position)
    }
}
