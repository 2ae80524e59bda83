// SPDX-License-Identifier: Apache-2.0
public import OAuth

// Not in OAuth, whose callers name issuers as well: most tests of keys are about clients.
extension KeyOwner: ExpressibleByStringInterpolation {
    /// A client's keys.
    public init(stringLiteral clientID: String) { self = .client(clientID) }
}
