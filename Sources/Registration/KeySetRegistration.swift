// SPDX-License-Identifier: Apache-2.0
internal import OAuth

/// A JWK Set that was read and found usable, to be registered (RFC 7591 §2, `jwks`).
package struct KeySetRegistration: Sendable, Equatable {
    /// As it is kept.
    package let text: String
    /// The parsed set.
    let set: JSONWebKeySet

    /// Reads a file's content, or a member's.
    package init(_ bytes: [UInt8]) throws(RegistrationError) {
        do throws(JSONWebKeyError) {
            set = try JSONWebKeySet(bytes.span)
        } catch {
            throw RegistrationError(.unusable(.jwks, error.description))
        }
        text = String(decoding: JSONWebKeySet.content(bytes), as: UTF8.self)
    }

    /// Warnings about ignored keys.
    static func warnings(of omissions: [String]) -> [String] {
        omissions.map { "\($0) It is ignored." }
    }
}
