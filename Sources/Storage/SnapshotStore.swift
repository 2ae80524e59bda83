// SPDX-License-Identifier: Apache-2.0
/// A store of which a copy can be made while others write to it.
package protocol SnapshotStore: Sendable {
    /// Calls `body` with the path of a copy of the whole store as a file, which ends with the call.
    ///
    /// The copy is the state of one moment. Blocks; linear in the store.
    func withSnapshot<Value>(_ body: (String) throws -> Value) throws -> Value
}
