// SPDX-License-Identifier: Apache-2.0
import Storage
import Testing

/// Everything that a store of this program does.
typealias CompleteStore = CertificateUseStore & GrantStore & RegistrationStore
    & UsedAssertionStore

/// One empty store, which goes away with its test.
protocol StoreHome: Sendable {
    /// Opens it as one more program does.
    func open() throws -> any CompleteStore
}

/// A store that the contract is tested on.
struct StoreKind: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Makes an empty one.
    let makeHome: @Sendable () throws -> any StoreHome

    /// Opens an empty one.
    func open() throws -> any CompleteStore { try makeHome().open() }

    static let all = [sqlite, postgres]
    /// Those that one machine alone has, whose monotonic clock counts.
    static let ofOneMachine = [sqlite]
    /// Those that several machines share.
    static let shared = [postgres]
}
