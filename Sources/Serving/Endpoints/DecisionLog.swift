// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Logging
internal import OAuth
internal import Reactor
internal import Registration
internal import Telemetry

/// Counts and logs decisions, and keeps the latest refusals.
struct DecisionLog {
    private let counters: Counters
    private let clock: WallClock
    private let log: Logger

    init(_ start: ReactorStart) {
        counters = start.counters
        clock = start.clock
        log = start.log
    }

    /// Counts a token, and logs it where requests that succeed are logged.
    func record(_ token: IssuedToken, _ session: HTTP1Session, isLogged: Bool) {
        counters.tokens.add(1)
        let index = ListenerCounters.tokenIndex(
            grant: token.grant.position,
            method: token.method.position
        )
        counters.listeners[session.listener].tokens[index].add(1)
        if isLogged { log.info("token issued", metadata: ["peer": "\(session.peer)"]) }
    }

    /// Logs that a token was described.
    func logIntrospection(_ session: HTTP1Session) {
        log.info("token introspected", metadata: ["peer": "\(session.peer)"])
    }

    /// Counts and keeps a refusal, and logs which check decided.
    ///
    /// `client` is the one that the request named, which `registry` need not have.
    func record(
        _ refused: RefusedRequest,
        of client: [UInt8]?,
        _ session: HTTP1Session,
        _ registry: Registry
    ) {
        // Cut where it is too long for a line.
        let name = client.map {
            String(decoding: $0.prefix(RegistrationLimits.clientIDBytesMax), as: UTF8.self)
        }
        let error = refused.error
        counters.refusals.add(1)
        counters.listeners[session.listener].refusals.withLock {
            $0[error.check.rawValue, default: 0] += 1
        }
        var metadata: Logger.Metadata = [
            "check": "\(error.check.rawValue)", "error": "\(error.code.rawValue)",
            "client_id": "\(name ?? "none")",
            "peer": "\(session.peer)",
            "thumbprint": "\(session.thumbprint?.base64URL ?? "none")",
        ]
        if let certificateCheck = refused.certificateCheck {
            if let explanation = certificateCheck.explanation {
                metadata["explanation"] = "\(explanation)"
            }
            let facts = certificateCheck.facts(leaf: session.leaf)
            metadata.merge(facts) { own, _ in own }
        }
        log.notice("token request refused", metadata: metadata)
        var call = RefusedCall(
            time: clock.milliseconds,
            listener: session.listener,
            peer: session.client,
            clientID: name,
            endpoint: session.exchange.path,
            check: error.check.rawValue,
            error: error.code.rawValue,
            description: error.description,
            thumbprint: session.thumbprint,
            isRegistered: Self.isRegistered(session.thumbprint, client, registry)
        )
        call.reason = metadata["reason"].map { "\($0)" }
        call.detail = (metadata["explanation"] ?? metadata["detail"]).map {
            Self.cut("\($0)", bytes: RefusalMemory.detailBytesMax)
        }
        counters.latestRefusals.record(call) { session.leaf }
    }

    /// Whether the client has this certificate among its registered ones, whatever their time.
    private static func isRegistered(
        _ thumbprint: Digest256?,
        _ client: [UInt8]?,
        _ registry: Registry
    ) -> Bool {
        guard let thumbprint, let client,
            let registered = registry.clients.client(client.span)
        else { return false }
        return registered.selfSignedCheck(of: thumbprint, now: 0) != .notRegistered
    }

    /// The text, at most so many bytes of it.
    private static func cut(_ text: String, bytes: Int) -> String {
        guard text.utf8.count > bytes else { return text }
        var cut = String.UnicodeScalarView()
        var count = 0
        for scalar in text.unicodeScalars {
            count += UTF8.width(scalar)
            guard count <= bytes else { break }
            cut.append(scalar)
        }
        return String(cut)
    }
}
