// SPDX-License-Identifier: Apache-2.0
/// Why a text is not a value of its kind; whoever asked for the value adds where the text stood.
package struct ValueError: Error, Equatable {
    /// What is wrong, said of the text: "has no port".
    package let reason: String
    /// What would be right; nil where the reason says it.
    package let allowed: String?

    package init(_ reason: String, allowed: String? = nil) {
        self.reason = reason
        self.allowed = allowed
    }
}
