// SPDX-License-Identifier: Apache-2.0
/// A search among the certificates of clients, by the dates of their ends.
package struct EndQuery: Sendable, Equatable {
    /// Epoch seconds before which those end that are left out; nil leaves none out.
    package var after: Int64?
    /// Epoch seconds from which on those end that are left out; nil leaves none out.
    package var before: Int64?
    /// Certificates that clients have so; nil for all.
    package var use: EndingCertificate.Use?
    /// Whether those that end last come first.
    package var isDescending = false
    /// How many certificates are found at most, from 1 to `limitMax`.
    package var limit: Int

    /// A page that people and programs take at once, and one more.
    package static let limitMax = 1_001

    /// A search for all that ends; conditions are set afterwards.
    package init(limit: Int) {
        self.limit = limit
    }
}

/// A certificate of clients, with what its end means to them.
package struct EndingCertificate: Sendable, Equatable {
    /// How clients have it.
    package enum Use: Int, Sendable {
        /// As one that the client itself presents.
        case registered
        /// As a CA of the client's own.
        case caCertificate
    }

    package let use: Use
    /// The SHA-256 of its DER, 32 bytes.
    package let thumbprint: [UInt8]
    /// The subject in RFC 4514 form.
    package let subject: String
    /// Epoch seconds of the last moment at which it is valid.
    package let notAfter: Int64
    /// The client that has it; of several, an enabled one without a certificate that ends later
    /// comes first, and then an enabled one.
    package let clientID: String
    /// That client's name.
    package let clientName: String
    /// Whether that client may authenticate.
    package let enabled: Bool
    /// Whether that client's certificates are fetched from its `jwks_uri`.
    package let isFetched: Bool
    /// The number of clients that have it.
    package let clients: Int
    /// Epoch seconds at which the last of that client's registered certificates ends; nil for CAs.
    package let lastEnd: Int64?

    /// A certificate from its parts.
    package init(
        use: Use,
        thumbprint: [UInt8],
        subject: String,
        notAfter: Int64,
        clientID: String,
        clientName: String,
        enabled: Bool,
        isFetched: Bool,
        clients: Int,
        lastEnd: Int64?
    ) {
        self.use = use
        self.thumbprint = thumbprint
        self.subject = subject
        self.notAfter = notAfter
        self.clientID = clientID
        self.clientName = clientName
        self.enabled = enabled
        self.isFetched = isFetched
        self.clients = clients
        self.lastEnd = lastEnd
    }
}
