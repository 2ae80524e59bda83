// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// An open file descriptor, closed when its owner lets go.
public struct Descriptor: ~Copyable, Sendable {
    /// The number, valid as long as this value.
    public let number: Int32

    /// Takes ownership of `number`.
    public init(owning number: Int32) {
        precondition(number >= 0)
        self.number = number
    }

    deinit {
        // A failed close leaves nothing to do: Linux frees the number in every case.
        _ = Glibc.close(number)
    }
}
