// SPDX-License-Identifier: Apache-2.0
/// Why the audit cannot be followed, in sentences: what is wrong, and what to do about it.
package struct FollowingError: Error, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
