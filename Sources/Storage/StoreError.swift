// SPDX-License-Identifier: Apache-2.0
/// Why the store failed: its kind, and facts that hold for every caller.
///
/// Remedies are the callers' to add: a command and an administrator's request have different ones.
public struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The sort of failure, for callers that must decide.
    public enum Kind: Sendable, Equatable, CaseIterable {
        /// The store cannot be reached at the moment.
        case unavailable
        /// The connection or the disk failed during the commit: the write may stay, or not.
        case commitUnknown
        /// The store can be read, and takes no writes.
        case readOnly
        /// The node only reads the store that it shares.
        case reader
        /// Another process kept the store busy for longer than a call waits.
        case busy
        /// The disk, or the bound of the database, is full.
        case full
        /// There is not enough memory.
        case outOfMemory
        /// The system failed to read, write or sync.
        case inputOutput
        /// The store is damaged, or is not one of this program.
        case corrupt
        /// The store was written by a newer version of the program.
        case newerVersion
        /// The store is from an older version, of which a server is using it.
        case olderVersion
        /// Another program has the store to itself.
        case locked
        /// The data directory cannot be used: not a directory, not creatable or not writable.
        case directory
        /// The data directory belongs to another user of the operating system.
        case foreignDirectory
        /// A file in the directory belongs to another user than the directory.
        case foreignFile
        /// The store's file was moved, removed or replaced while it was open.
        case replaced
        /// A link, a directory or something else has the name of a file of the store.
        case notFile
        /// The data directory has files already, and was to be an empty one.
        case notEmpty
        /// The store was copied to another one, which counts from then on.
        case moved
        /// There is a record with this identity already.
        case alreadyExists
        /// There is no record with this identity.
        case notFound
        /// Several records have this name.
        case ambiguous
        /// The record was changed by another program since it was read.
        case conflict
        /// Other records refer to this one.
        case inUse
        /// The record breaks a rule of the store.
        case invalid
        /// The change cannot be written into the audit, whose key or head is missing or another.
        case unaudited
    }

    /// The record that the failure is about.
    public enum Subject: Sendable, Equatable {
        /// A client.
        case client
        /// A certificate of a client.
        case certificate
        /// A user.
        case user
        /// A trust set.
        case trustSet
        /// A trusted issuer.
        case issuer
        /// A key of the server.
        case key
        /// A token for administrators.
        case adminToken
        /// The uses of assertions.
        case usedAssertions
        /// The file of the key under which secrets are wrapped in a shared store.
        case storeKey
        /// A store that nodes share, as a whole.
        case sharedStore
        /// The file or the directory at this path.
        case file(String)
    }

    /// The sort of failure.
    public let kind: Kind
    /// The problem; does not end with a full stop.
    public let reason: String
    /// The record that the failure is about; nil where it is about the store as a whole.
    public let subject: Subject?

    /// A failure in words.
    public init(_ kind: Kind, _ reason: String, of subject: Subject? = nil) {
        self.kind = kind
        self.reason = reason
        self.subject = subject
    }

    /// The problem.
    public var description: String { reason }
}

extension StoreError {
    /// The `StoreError` of a transaction whose body throws no other.
    init(asThrown error: any Error) {
        self = error as? StoreError ?? StoreError(.inputOutput, "the store failed: \(error)")
    }

    /// There is no such client.
    package static func noClient(_ clientID: String) -> StoreError {
        StoreError(.notFound, "there is no client \(clientID)", of: .client)
    }

    /// There is no such user.
    package static func noUser(_ name: String) -> StoreError {
        StoreError(.notFound, "there is no user \(name)", of: .user)
    }

    /// There is no such trust set.
    package static func noTrustSet(_ name: String) -> StoreError {
        StoreError(.notFound, "there is no trust set \(name)", of: .trustSet)
    }

    /// There is no such trusted issuer.
    package static func noIssuer(_ name: String) -> StoreError {
        StoreError(.notFound, "there is no issuer \(name)", of: .issuer)
    }

    /// There is no such key.
    package static func noKey(_ keyID: String) -> StoreError {
        StoreError(.notFound, "there is no key \(keyID)", of: .key)
    }

    /// There is no such token for administrators.
    package static func noAdminToken(_ name: String) -> StoreError {
        StoreError(.notFound, "there is no token \(name) for administrators", of: .adminToken)
    }

    /// The record has another version by now.
    package static func conflict(_ subject: Subject, _ id: String) -> StoreError {
        let word =
            switch subject {
            case .client: "client"
            case .user: "user"
            case .trustSet: "trust set"
            case .issuer: "issuer"
            default: "record"
            }
        return StoreError(.conflict, "the \(word) \(id) was changed meanwhile", of: subject)
    }
}
