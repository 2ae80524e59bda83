// SPDX-License-Identifier: Apache-2.0
/// Why the server cannot start, in words for people.
public struct StartError: Error, CustomStringConvertible {
    /// The problem and its remedy.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
