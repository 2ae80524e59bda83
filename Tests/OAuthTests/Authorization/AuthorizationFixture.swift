// SPDX-License-Identifier: Apache-2.0
import Cryptography
import HTTP
import OAuthTesting
import Storage
import Testing

@testable import OAuth

/// An authorization endpoint with one client and one user, asked as a browser does it.
final class AuthorizationFixture {
    struct Unexpected: Error {}

    /// The ids that were revoked.
    final class Revoked: TokenRevocations {
        let isCrowded = false
        let ids: Set<[UInt8]>
        init(_ ids: Set<[UInt8]> = []) { self.ids = ids }
        func isRevoked(_ id: [UInt8]) -> Bool { ids.contains(id) }
    }

    static let callback = "https://shop.example/callback"
    static let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    /// SHA-256 of the verifier (RFC 7636 appendix B).
    static let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    static let token = "AAAAAAAAAAAAAAAAAAAAAA"

    let keys: SealingKeys
    var registry: Registry
    var profile = SecurityProfile.standard
    var revocations = Revoked()

    init(
        _ grant: GrantPolicy = GrantPolicy(name: "Shop", redirectURIs: [callback]),
        grants: Grants = [.authorizationCode, .refreshToken],
        user: User = User(subject: "user:ann", passwordHash: "none", isEnabled: true)
    ) throws {
        keys = try SealingKeys([sealingKey()])
        let shop = Client(
            id: "shop",
            policy: policy(grants: grants),
            isEnabled: true,
            secret: nil,
            trust: nil,
            certificates: [certificate(1)],
            grantPolicy: grant
        )
        registry = OAuthTesting.registry(try #require(shop), users: ["ann": user])
    }

    var endpoint: AuthorizationEndpoint {
        AuthorizationEndpoint(
            settings,
            keys: TokenKeys(signing: SigningKeys([]), sealing: keys),
            dummyPasswordHash: "none",
            revocations: revocations
        )
    }

    /// The client as it is registered now.
    var client: Client? { registry.clients.client(Array("shop".utf8).span) }

    func context(_ now: Int64 = noon) -> DecisionContext {
        DecisionContext(registry: registry, profile: profile, now: now)
    }

    /// The query of a request that is right in everything, with some parameters replaced; nil
    /// leaves one out.
    static func query(_ changes: [String: String?] = [:]) -> String {
        var pairs: [(String, String?)] = [
            ("client_id", "shop"), ("response_type", "code"), ("redirect_uri", callback),
            ("state", "s 1"), ("code_challenge", challenge), ("code_challenge_method", "S256"),
        ]
        for (name, value) in changes.sorted(by: { $0.key < $1.key }) {
            if let index = pairs.firstIndex(where: { $0.0 == name }) {
                pairs[index].1 = value
            } else {
                pairs.append((name, value))
            }
        }
        return pairs.compactMap { name, value in
            value.map { "\(name)=\(PercentEncoding.encode($0))" }
        }
        .joined(separator: "&")
    }

    /// Shows the page of a request.
    func show(
        _ query: String = query(),
        session: String? = nil,
        now: Int64 = noon
    ) throws -> PageDecision {
        var cookies = BrowserVisit.Cookies()
        cookies.session = session.map { Array($0.utf8) }
        let visit = BrowserVisit(
            showing: try form(query),
            of: Array(query.utf8).span,
            cookies
        )
        return endpoint.respond(to: visit, context(now))
    }

    /// The question of a request's page, as its form repeats it; nil where none is asked.
    func question(_ query: String = query(), of user: String = "ann") throws -> String? {
        guard case .consent(let form, _, _)? = try show(query, session: session(user)).page else {
            return nil
        }
        return form.question
    }

    /// Sends a form with the right token, and with the right request's question.
    func send(
        _ body: String,
        to query: String = query(),
        session: String? = nil,
        cookie: String? = token,
        field: String? = token,
        question: String? = nil,
        isSameOrigin: Bool = true,
        now: Int64 = noon
    ) throws -> PageDecision {
        var cookies = BrowserVisit.Cookies()
        cookies.session = session.map { Array($0.utf8) }
        cookies.form = cookie.map { Array($0.utf8) }
        var whole = body + (field.map { "&form_token=\($0)" } ?? "")
        if let question = try question ?? self.question() { whole += "&question=\(question)" }
        let visit = BrowserVisit(
            submitting: try form(whole),
            to: try form(query),
            of: Array(query.utf8).span,
            cookies,
            isSameOrigin: isSameOrigin
        )
        return endpoint.respond(to: visit, context(now))
    }

    /// Goes on with what meets the need of a decision.
    func resume(_ decision: PageDecision, with met: Met, now: Int64 = noon) throws -> PageDecision {
        guard case .needs(_, let continuation) = decision else { throw Unexpected() }
        return endpoint.resume(continuation, with: met, context(now))
    }

    /// The cookie of a session that began at `now`.
    func session(_ user: String = "ann", now: Int64 = noon) throws -> String {
        try LoginSession(user: user, now: now)
            .sealed(keys, issuer: settings.issuer, now: now)
    }
}

extension PageDecision {
    var answer: PageAnswer? { if case .answer(let answer) = self { answer } else { nil } }
    var page: Page? { if case .page(let page)? = answer?.content { page } else { nil } }
    var location: String? {
        if case .redirect(let location)? = answer?.content { location } else { nil }
    }
    var need: Need? { if case .needs(let need, _) = self { need } else { nil } }
    var check: Check? { answer?.refused?.error.check }

    /// The code's row that is to be written.
    var code: CodeRecord? {
        if case .grant(.addCode(let record, _))? = need { record } else { nil }
    }

    var asksForPassword: Bool { if case .signIn? = page { true } else { false } }
    var asksForConsent: Bool { if case .consent? = page { true } else { false } }
}
