// SPDX-License-Identifier: Apache-2.0
/// Client credentials (RFC 6749 §4.4): a client acts for itself.
enum ClientCredentialsGrant {
    /// RFC 6749 §4.4: for confidential clients only.
    static let isForPublicClients = false
}
