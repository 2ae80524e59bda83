// SPDX-License-Identifier: Apache-2.0
public import Storage

/// Families of refresh tokens as they were last written or read, without asking the store.
///
/// One that is out of date does no harm: only a write whose condition is that the row is still the
/// same follows from it, and after any other answer the row is read.
public protocol RecentGrants: Sendable {
    /// The family of this id; nil where it is not known.
    func refreshFamily(_ id: [UInt8]) -> RefreshFamilyRecord?
}

/// No family is known: each is read.
public struct NoRecentGrants: RecentGrants {
    /// No families.
    public init() {}

    /// Always nil.
    public func refreshFamily(_ id: [UInt8]) -> RefreshFamilyRecord? { nil }
}
