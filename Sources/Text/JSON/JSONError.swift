// SPDX-License-Identifier: Apache-2.0
/// Why a text is not JSON, or not JSON that is accepted.
package struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The position at which reading ended.
    package let position: TextPosition
    /// The problem at that position.
    package let reason: String
    /// The member name that occurs twice in one object, if that is the problem.
    package let repeatedName: String?

    init(_ position: TextPosition, _ reason: String, repeatedName: String? = nil) {
        self.position = position
        self.reason = reason
        self.repeatedName = repeatedName
    }

    /// `line:column: problem`.
    package var description: String { "\(position): \(reason)" }
}
