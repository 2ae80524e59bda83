// SPDX-License-Identifier: Apache-2.0
/// Why a text is no JSON, or none that is taken.
package struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Where reading ended.
    package let position: TextPosition
    /// What is wrong there.
    package let problem: String
    /// The name that stands twice in one object, where that is what is wrong.
    package let repeatedName: String?

    init(_ position: TextPosition, _ problem: String, repeatedName: String? = nil) {
        self.position = position
        self.problem = problem
        self.repeatedName = repeatedName
    }

    /// `line:column: problem`.
    package var description: String { "\(position): \(problem)" }
}
