// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
internal import Logging
internal import OAuth

/// Whose certificate a request comes with, where a proxy has ended TLS.
struct ForwardedCertificates {
    private let log: Logger
    private let digester = Digester()

    private static let fields = CertificateHeaderScanner(everyFormatAnd: [])

    init(_ log: Logger) {
        self.log = log
    }

    /// Takes the client's certificate from the request's fields, where the listener believes them:
    /// the fields of `proxy`, nil where none ends TLS; what is wrong with it, or nil.
    ///
    /// At such a listener the connection's own certificate is the proxy's and no client's.
    func take(
        _ request: borrowing Request,
        _ bytes: Span<UInt8>,
        _ session: HTTP1Session,
        of proxy: TrustedProxy?
    ) -> OAuthError? {
        session.exchange.forwarded = nil
        guard let proxy else {
            session.isTerminatedByProxy = false
            logIgnoredFields(request, bytes, session)
            return nil
        }
        session.isTerminatedByProxy = true
        switch proxy.recognise(session.address, key: session.proxyKey) {
        case .known: break
        case .needsSecret where proxy.hasSecret(request.fields, bytes): break
        case .needsSecret, .unknown:
            return .invalidRequest("this listener is for its proxy only", check: .proxyUnknown)
        }
        do throws(ClientCertificateFieldError) {
            guard let told = try proxy.reader.read(request.fields, bytes) else { return nil }
            guard let peer = ForwardedPeer(told, digester: digester) else {
                throw .contradiction
            }
            if case .refused(let reason) = told.verification {
                log.debug(
                    "the proxy has something against a certificate",
                    metadata: [
                        "reason": "\(reason)", "thumbprint": "\(peer.thumbprint.base64URL)",
                        "peer": "\(session.peer)",
                    ]
                )
            }
            session.exchange.forwarded = peer
            return nil
        } catch {
            log.notice(
                "forwarded certificate refused",
                metadata: ["reason": "\(error)", "peer": "\(session.peer)"]
            )
            return .invalidRequest(
                "the header fields of the client certificate are not as they must be",
                check: .forwardedCertificate
            )
        }
    }

    // An honest client sends none of them: somebody tries, or a proxy is configured for a listener
    // that does not know it. Logged once for each connection.
    private func logIgnoredFields(
        _ request: borrowing Request,
        _ bytes: Span<UInt8>,
        _ session: HTTP1Session
    ) {
        guard !session.hasLoggedIgnoredFields else { return }
        let present = Self.fields.present(in: request.fields, bytes)
        guard !present.isEmpty else { return }
        session.hasLoggedIgnoredFields = true
        log.notice(
            "client certificate in a header field ignored",
            metadata: [
                "fields": "\(present.map(\.description).joined(separator: " "))",
                "peer": "\(session.peer)",
            ]
        )
    }
}
