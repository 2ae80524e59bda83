// SPDX-License-Identifier: Apache-2.0
package import Registration

/// When the server replaces its keys of tokens.
package struct TokenKeySettings: Sendable, Equatable {
    /// Days for which each key is used; 0 for ever.
    ///
    /// Never by itself: resource servers may have the keys in a file, and an upgrade of the server
    /// must not be the day on which they refuse its tokens. Operators whose resource servers read
    /// the JWK Set choose a number.
    package var rotationDays = 0
    package static let rotationDaysRange = 0...3650
    /// A key that has ended stays published for the longest life of a token, a year: a new one each
    /// week makes a set of some fifty keys for each algorithm.
    package static let rotationDaysMin = 7

    /// The defaults of the configuration.
    package init() {}

    /// The schedule; nil where keys are replaced by commands alone.
    package var schedule: TokenKeySchedule? {
        rotationDays > 0 ? TokenKeySchedule(days: rotationDays) : nil
    }
}
