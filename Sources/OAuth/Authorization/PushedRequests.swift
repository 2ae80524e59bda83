// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
public import HTTP
internal import Storage
internal import Text

/// The reference to a pushed request: 256 random bits in a URI (RFC 9126 §2.2).
struct PushedReference: Sendable, Equatable {
    private static let prefix = "urn:ietf:params:oauth:request_uri:"
    private static let byteCount = 32
    /// Seconds in which a user must have decided; FAPI 2.0 §5.3.2.2 demands less than ten minutes.
    static let lifetime: Int64 = 300
    /// With their number a bound of the store, 256 MB; the longest real ones have some hundred
    /// bytes.
    static let parameterBytesMax = 4096

    private let bytes: [UInt8]

    /// A new random reference.
    init() throws(CryptographyError) {
        bytes = try RandomBytes.make(Self.byteCount)
    }

    /// Reads a `request_uri`; nil for one that is not of this server.
    init?(_ uri: String) {
        guard uri.hasPrefix(Self.prefix),
            let bytes = Base64URL.decode(Array(uri.utf8.dropFirst(Self.prefix.utf8.count)).span),
            bytes.count == Self.byteCount
        else { return nil }
        self.bytes = bytes
    }

    /// The key of the row.
    var digest: [UInt8] { Digest256.of(bytes).bytes }

    /// The URI as the client gets it.
    var uri: String {
        Self.prefix + String(decoding: Base64URL.encode(bytes.span), as: UTF8.self)
    }
}

/// Pushed authorization requests (RFC 9126).
extension TokenEndpoint {
    /// Validates and keeps a request; appends the response body to `out` when it is durable.
    public mutating func push(
        _ form: borrowing FormFields,
        authorization: AuthorizationHeader,
        peer: some Peer,
        _ context: DecisionContext,
        into out: inout [UInt8]
    ) -> Decision {
        let caller: AuthenticatedClient
        do throws(AuthenticationError) {
            caller = try authentication.authenticate(form, authorization, peer, context)
        } catch {
            return Self.decision(error, context)
        }
        if let refused = Self.spend(caller.client, context) { return .refused(refused) }
        do throws(OAuthError) {
            let parameters = try pushed(form, by: caller.client, context)
            guard let reference = try? PushedReference() else {
                throw OAuthError(
                    .serverError,
                    "the request could not be finished",
                    check: .pushedRequest
                )
            }
            let record = PushedRequestRecord(
                digest: reference.digest,
                clientID: String(decoding: caller.client.id, as: UTF8.self),
                parameters: parameters,
                expiresAt: context.now + PushedReference.lifetime
            )
            let pending = GrantAnswer(answer: .pushed(reference), caller: caller.waiting(peer))
            let needs = PendingAnswer.Answer.needs(.grant(.push(record)), .written(pending))
            return end(needs, for: caller, context, into: &out)
        } catch {
            return end(.refuse(error), for: caller, context, into: &out)
        }
    }

    /// The parameters to keep, validated as those of a browser's request are.
    private func pushed(
        _ form: borrowing FormFields,
        by client: Client,
        _ context: DecisionContext
    ) throws(OAuthError) -> [UInt8] {
        var parameters = AuthorizationParameters(form)
        // RFC 9126 §2.1: a reference to another request is none.
        guard parameters.requestURI == nil else {
            throw .invalidRequest("request_uri is not allowed here", check: .pushedRequest)
        }
        parameters.clientID = String(decoding: client.id, as: UTF8.self)
        do throws(AuthorizationRequest.RequestError) {
            _ = try AuthorizationRequest(
                parameters,
                of: client,
                context.profile,
                issuer: issuer.name,
                standardAudience: issuer.audience,
                isPushed: true
            )
        } catch {
            throw error.error
        }
        let kept = parameters.form
        guard kept.count <= PushedReference.parameterBytesMax else {
            throw .invalidRequest("the request is too long", check: .pushedRequest)
        }
        return kept
    }

    /// The answer to a request that is kept (RFC 9126 §2.2).
    func answer(_ reference: PushedReference, into out: inout [UInt8]) -> Decision {
        out.append(contentsOf: #"{"request_uri":"#.utf8)
        JSONText.appendString(reference.uri, to: &out)
        out.append(contentsOf: #","expires_in":"#.utf8)
        JSONText.appendNumber(PushedReference.lifetime, to: &out)
        out.append(UInt8(ascii: "}"))
        return .created
    }
}
