// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
internal import Logging
internal import OAuth
internal import TLS

/// Whose certificate a request comes with, where a proxy has ended TLS.
extension ReactorService {
    /// Takes the client's certificate from the request's fields, where the listener believes them;
    /// what is wrong with it, or nil.
    ///
    /// At such a listener the connection's own certificate is the proxy's and no client's.
    func takeForwardedCertificate(
        _ request: borrowing Request,
        _ bytes: Span<UInt8>,
        _ connection: Connection
    ) -> OAuthError? {
        connection.exchange.forwarded = nil
        guard let forwarder = settings.forwarders[connection.listener] else {
            connection.isForwarding = false
            tellOfIgnoredFields(request, bytes, connection)
            return nil
        }
        connection.isForwarding = true
        switch forwarder.standing(of: connection.address, key: connection.forwarderKey) {
        case .known: break
        case .needsSecret where forwarder.hasSecret(request.fields, bytes): break
        case .needsSecret, .unknown:
            return .invalidRequest("this listener is for its proxy only", check: .proxyUnknown)
        }
        do throws(ClientCertificateFieldError) {
            guard let told = try forwarder.reader.read(request.fields, bytes) else { return nil }
            guard let peer = ForwardedPeer(told, digester: forwardedDigester) else {
                throw .contradiction
            }
            if case .refused(let reason) = told.verdict {
                log.debug(
                    "the proxy has something against a certificate",
                    metadata: [
                        "reason": "\(reason)", "thumbprint": "\(peer.thumbprint.base64URL)",
                        "peer": "\(connection.peer)",
                    ]
                )
            }
            connection.exchange.forwarded = peer
            return nil
        } catch {
            log.notice(
                "forwarded certificate refused",
                metadata: ["reason": "\(error)", "peer": "\(connection.peer)"]
            )
            return .invalidRequest(
                "the header fields of the client certificate are not as they must be",
                check: .forwardedCertificate
            )
        }
    }

    // An honest client sends none of them: somebody tries, or a proxy is configured for a listener
    // that does not know it. Said once for each connection.
    private func tellOfIgnoredFields(
        _ request: borrowing Request,
        _ bytes: Span<UInt8>,
        _ connection: Connection
    ) {
        guard !connection.hasToldOfFields else { return }
        let present = Self.certificateFields.present(in: request.fields, bytes)
        guard !present.isEmpty else { return }
        connection.hasToldOfFields = true
        log.notice(
            "client certificate in a header field ignored",
            metadata: [
                "fields": "\(present.map(\.description).joined(separator: " "))",
                "peer": "\(connection.peer)",
            ]
        )
    }

    private static let certificateFields = ClientCertificateFieldCensus(everyFormatAnd: [])

    /// Notes whose key a peer has proven, where that can make it the proxy.
    func noteForwarder(_ connection: Connection) {
        guard settings.forwarders[connection.listener] != nil,
            let der = connection.tls.peerCertificates().first,
            let certificate = try? Certificate(der: der)
        else { return }
        connection.forwarderKey = certificate.subjectPublicKeyInfoDigest
    }
}
