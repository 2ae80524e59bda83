// SPDX-License-Identifier: Apache-2.0
/// Why a text is not a value of its kind.
///
/// The caller adds the text's position.
package struct ValueError: Error, Equatable {
    /// The problem, as a predicate of the text: "has no port".
    package let reason: String
    /// The values that are allowed; nil where the reason names them.
    package let allowed: String?

    package init(_ reason: String, allowed: String? = nil) {
        self.reason = reason
        self.allowed = allowed
    }
}
