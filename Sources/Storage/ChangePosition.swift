// SPDX-License-Identifier: Apache-2.0
/// A place in the change log, behind the newest change that its holder knows.
///
/// Its value is the store's own; two are compared for equality and in no other way.
package struct ChangePosition: Sendable, Hashable {
    /// Before the first change.
    package static let start = ChangePosition(0)

    /// The store's number for it.
    package let value: Int64

    /// A position from the store's number.
    package init(_ value: Int64) {
        self.value = value
    }
}
