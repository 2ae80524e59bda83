// SPDX-License-Identifier: Apache-2.0
package import Storage

/// A store whose tables are those of this module: what it does beside registrations.
package protocol TableStore: CertificateUseStore, GrantStore, UsedAssertionStore {
    /// Runs `body` on the database of one moment.
    func withReader<Value>(
        _ body: (any SQLDatabase) throws -> Value
    ) throws(StoreError) -> Value

    /// Runs `body` in one transaction, which is durable when this returns; `body` may run again.
    func withWriter<Value>(
        _ body: (any SQLDatabase) throws -> Value
    ) throws(StoreError) -> Value

    /// The rows of the bounded tables of grants.
    var grantCounts: GrantRowCounts { get }

    /// The time by the clock of the database, where several machines share it; nil otherwise.
    func storeTime(_ database: any SQLDatabase) throws -> Int64?

    /// The error for a row that the program cannot have written.
    func corrupt(_ finding: String) -> StoreError
}

extension TableStore {
    /// Nil: the machine's own clock counts.
    package func storeTime(_ database: any SQLDatabase) throws -> Int64? { nil }
}
