// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Logging
internal import OAuth
internal import Reactor
internal import Registration
internal import Telemetry

/// Counts and logs decisions.
struct DecisionLog {
    private let counters: Counters
    private let log: Logger

    init(_ counters: Counters, _ log: Logger) {
        self.counters = counters
        self.log = log
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

    /// Counts a refusal, and logs which check decided; `name` is the client that the request named.
    func record(_ refused: RefusedRequest, named name: String, _ session: HTTP1Session) {
        let error = refused.error
        counters.refusals.add(1)
        counters.listeners[session.listener].refusals.withLock {
            $0[error.check.rawValue, default: 0] += 1
        }
        var metadata: Logger.Metadata = [
            "check": "\(error.check.rawValue)", "error": "\(error.code.rawValue)",
            "client_id": "\(name)",
            "peer": "\(session.peer)",
            "thumbprint": "\(session.thumbprint?.base64URL ?? "none")",
        ]
        if let certificateCheck = refused.certificateCheck {
            if let explanation = certificateCheck.explanation {
                metadata["explanation"] = "\(explanation)"
            }
            let facts = certificateCheck.facts(leaf: session.certificates().first)
            metadata.merge(facts) { own, _ in own }
        }
        log.notice("token request refused", metadata: metadata)
    }
}
