// SPDX-License-Identifier: Apache-2.0
/// When to warn of certificates that end.
package struct ExpirySettings: Sendable, Equatable {
    /// Days before the end of a registered certificate, or of one of the server's, from which the
    /// log warns.
    ///
    /// A month to renew a certificate; 0 warns of nothing before its end.
    package var warningDays = 30
    package static let warningDaysRange = 0...3650

    /// The defaults of the configuration.
    package init() {}
}
