// SPDX-License-Identifier: Apache-2.0
internal import OAuth
internal import Text

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

    /// Throws where a key of the set shows a private or symmetric one.
    static func refuseSecrets(_ set: JSONValue) throws(RegistrationError) {
        do throws(JSONWebKeyError) {
            try JSONWebKeySet.refuseSecrets(set)
        } catch {
            throw RegistrationError(.unusable(.jwks, error.description))
        }
    }

    /// The text to be kept: the registered one where both are the same value.
    func text(instead registered: String?) -> String {
        guard let registered, let kept = JSONValue(registered.utf8Span.span),
            kept == JSONValue(text.utf8Span.span)
        else { return text }
        return registered
    }

    /// Warnings about ignored keys.
    static func warnings(of omissions: [String]) -> [String] {
        omissions.map { "\($0) It is ignored." }
    }
}
