// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import OAuth
internal import Reactor
internal import Telemetry
internal import Text

/// The latest refusals of all reactors, as administrators read them.
///
/// Certificates are parsed here, on reading, and never by a reactor. Linear in what is kept.
struct Refusals: Sendable {
    /// One for each reactor.
    let counters: [Counters]
    /// The listeners' names, in the order of their positions.
    let listeners: [String]

    /// `{"refusals": […], "more": …}`, newest first.
    func page(_ query: RefusalQuery) -> JSONValue {
        var certificates = CertificateTexts()
        // One more than fits tells whether there are more.
        var found: [(time: Int64, entry: Entry)] = []
        for reactor in counters {
            let latest = reactor.latestRefusals
            let calls = latest.calls(query.limit + 1) { call in
                (query.client == nil || call.clientID == query.client)
                    && (query.check == nil || call.check == query.check)
                    && (query.thumbprint == nil || call.thumbprint?.base64URL == query.thumbprint)
            }
            found += calls.map { ($0.time, .call($0)) }
            // No client has named itself before a handshake is finished, nor proven a certificate.
            guard query.client == nil, query.thumbprint == nil else { continue }
            let handshakes = latest.handshakes(query.limit + 1) { handshake in
                query.check == nil || Self.check(of: handshake) == query.check
            }
            found += handshakes.map { ($0.time, .handshake($0)) }
        }
        // Swift's sort is stable: those of one millisecond stay in the order of their reactor.
        found.sort { $0.time > $1.time }
        let shown = found.prefix(query.limit).map { value(of: $0.entry, &certificates) }
        return .object([
            "refusals": .array(shown), "more": .boolean(found.count > query.limit),
        ])
    }

    // MARK: entries

    private enum Entry {
        case call(RefusedCall)
        case handshake(FailedHandshake)
    }

    private func value(of entry: Entry, _ certificates: inout CertificateTexts) -> JSONValue {
        switch entry {
        case .call(let call): value(of: call, &certificates)
        case .handshake(let handshake): value(of: handshake)
        }
    }

    private func value(
        of call: RefusedCall,
        _ certificates: inout CertificateTexts
    ) -> JSONValue {
        var members: [String: JSONValue] = [
            "kind": .string("request"),
            "time": Self.time(call.time),
            "listener": .string(name(of: call.listener)),
            "peer": .string(call.peer.description),
            "endpoint": .string(call.endpoint),
            "check": .string(call.check),
            "error": .string(call.error),
            "error_description": .string("\(call.description)"),
        ]
        if let check = Check(rawValue: call.check) { add(RefusalWords(check), to: &members) }
        if call.peer.port > 0 { members["port"] = .integer(Int64(call.peer.port)) }
        members["client_id"] = call.clientID.map { .string($0) }
        members["reason"] = call.reason.map { .string($0) }
        members["detail"] = call.detail.map { .string($0) }
        guard let thumbprint = call.thumbprint else { return .object(members) }
        members["thumbprint"] = .string(thumbprint.base64URL)
        // Without a client, or of one without registered certificates, false would mislead.
        if call.isRegistered || call.check == Check.certificateNotRegistered.rawValue {
            members["registered"] = .boolean(call.isRegistered)
        }
        guard let der = call.certificate else { return .object(members) }
        let text = certificates.text(of: der, thumbprint)
        members["subject"] = text.subject.map { .string($0) }
        members["issuer"] = text.issuer.map { .string($0) }
        members["not_before"] = text.notBefore.map { .string($0) }
        members["not_after"] = text.notAfter.map { .string($0) }
        if !call.isRegistered { members["certificate"] = .string(text.pem) }
        return .object(members)
    }

    private func value(of handshake: FailedHandshake) -> JSONValue {
        var members: [String: JSONValue] = [
            "kind": .string("handshake"),
            "time": Self.time(handshake.time),
            "listener": .string(name(of: handshake.listener)),
            "peer": .string(handshake.peer.description),
            "check": .string(Self.check(of: handshake)),
            "failure": .string(handshake.failure.rawValue),
            "reason": .string(handshake.reason),
            "progress": .string(handshake.end.progress.rawValue),
        ]
        add(RefusalWords(handshake.failure), to: &members)
        if handshake.peer.port > 0 { members["port"] = .integer(Int64(handshake.peer.port)) }
        if let alert = handshake.end.alert {
            members["alert"] = .string(alert.rawValue)
            members["alert_sender"] = .string(handshake.end.alertSender.rawValue)
        }
        return .object(members)
    }

    private func add(_ words: RefusalWords, to members: inout [String: JSONValue]) {
        members["meaning"] = .string(words.meaning)
        members["remedy"] = .string(words.remedy)
    }

    private static func check(of handshake: FailedHandshake) -> String {
        handshake.failure == .proxyHeader
            ? Check.proxyHeader.rawValue : RefusalQuery.handshakeCheck
    }

    private static func time(_ milliseconds: Int64) -> JSONValue {
        var bytes: [UInt8] = []
        TimestampText.append(milliseconds: milliseconds, to: &bytes)
        return .string(String(decoding: bytes, as: UTF8.self))
    }

    private func name(of listener: Int) -> String {
        listeners.indices.contains(listener) ? listeners[listener] : ""
    }
}

/// The texts of certificates on one page, each parsed once.
private struct CertificateTexts {
    struct Text {
        let pem: String
        /// nil, as what follows, for a certificate that cannot be parsed.
        var subject: String?
        var issuer: String?
        var notBefore: String?
        var notAfter: String?
    }

    private var known: [Digest256: Text] = [:]

    mutating func text(of der: [UInt8], _ thumbprint: Digest256) -> Text {
        if let text = known[thumbprint] { return text }
        var text = Text(pem: PEM.certificate(der))
        if let certificate = try? Certificate(der: der) {
            text.subject = certificate.subject.canonical
            text.issuer = certificate.issuer.canonical
            text.notBefore = CertificateTime.text(certificate.notBefore)
            text.notAfter = CertificateTime.text(certificate.notAfter)
        }
        known[thumbprint] = text
        return text
    }
}
