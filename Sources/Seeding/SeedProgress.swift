// SPDX-License-Identifier: Apache-2.0
/// How far a seeding or an export is.
package struct SeedProgress: Sendable, Equatable {
    /// The things that are counted.
    package enum Stage: String, Sendable {
        case keys = "RSA keys"
        case clients
        case users
    }

    package let stage: Stage
    package let done: Int
    package let total: Int

    init(_ stage: Stage, done: Int, of total: Int) {
        (self.stage, self.done, self.total) = (stage, done, total)
    }
}
