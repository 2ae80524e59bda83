// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
internal import Logging
internal import OAuth

/// Reads the client's certificate from the header fields of a proxy that ends TLS.
struct ForwardedCertificates {
    private let log: Logger
    private let digester = Digester()

    private static let fields = CertificateHeaderScanner(everyFormatAnd: [])

    init(_ log: Logger) {
        self.log = log
    }

    /// Reads the client's certificate from the fields of `proxy`, if one ends TLS here.
    ///
    /// Returns the error, or nil; without a proxy, certificate fields are logged and ignored.
    /// At such a listener the connection's own certificate is the proxy's and no client's.
    func read(
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
                    "the proxy has rejected a client certificate",
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

    // An honest client sends none of these fields: either an attempt to forge a certificate, or a
    // proxy at the wrong listener. Logged once for each connection.
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
