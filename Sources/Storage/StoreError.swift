// SPDX-License-Identifier: Apache-2.0
/// Why the store refused, in words an operator can act on.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    /// The sort of failure, for callers that must decide.
    public enum Reason: Sendable, Equatable {
        /// The data directory cannot be used: not a directory, not creatable or not writable.
        case directory
        /// Another server holds the data directory.
        case locked
        /// The database was written by a newer version of the program.
        case newerVersion
        /// The database is damaged, or the file is not a database of this program.
        case corrupt
        /// Another process kept the database busy for longer than the busy timeout.
        case busy
        /// The disk, or the bound of the database, is full.
        case full
        /// A row with this identity is already there.
        case alreadyExists
        /// There is no row with this identity.
        case notFound
        /// The record breaks a rule of the schema.
        case invalid
        /// The system failed to read, write or sync.
        case inputOutput
    }

    /// The sort of failure.
    public let reason: Reason
    /// What was wrong.
    public let problem: String
    /// What to do about it.
    public let remedy: String

    /// A failure in words; neither text ends with a full stop.
    public init(_ reason: Reason, _ problem: String, remedy: String) {
        self.reason = reason
        self.problem = problem
        self.remedy = remedy
    }

    /// The problem and the remedy in one line.
    public var description: String { "\(problem); \(remedy)" }
}
