// SPDX-License-Identifier: Apache-2.0
internal import OAuthTesting
internal import Storage
internal import Text

@testable import Cryptography
@testable import HTTP
@testable import OAuth

/// A byte, and lines: a header, claims, and parameters of the form behind the token, where `@` is
/// the same token again.
///
/// The bits of the byte: 1 the subject token is signed by the partner instead of this server, 2
/// its last byte is changed, 4 the caller shows another certificate, 8 the caller is `agent`, which
/// impersonates, instead of `gateway`.
///
/// Promises: a token is issued only for a token with the signature of its type, to a client that
/// has shown its certificate and that the token is meant for; its scope and its end are no more
/// than the token and the registration allow, and so are the audiences of the caller's own; its
/// newest actor is the caller, before those of a partner's token; a party that may act stays, and
/// no other acts; a refusal writes nothing.
enum ExchangeTarget {
    private static let parties = try? Parties()
    private static let ownAudience = "https://gateway.example"
    private static let audiences = ["https://orders.example", "https://stock.example"]
    private static let partner = "https://partner.example"

    /// The keys of this server and of the partner, and all who know them.
    private struct Parties {
        let own: SigningKeyMaterial
        let partners: SigningKeyMaterial
        let registry: Registry

        init() throws {
            own = try OAuthTesting.signingKey("own", .edDSA)
            partners = try OAuthTesting.signingKey("partner", .edDSA)
            registry = try makeRegistry(partners)
        }
    }

    private static func makeRegistry(_ partners: SigningKeyMaterial) throws -> Registry {
        let certificate = RegisteredCertificate(
            thumbprint: KnownClients.pinned,
            notBefore: Fixtures.now - 60,
            notAfter: Fixtures.now + 60
        )
        func caller(_ id: String, _ mode: ExchangeMode) throws -> Client {
            try OAuthTesting.client(
                id,
                policy(grants: [.tokenExchange], audiences: audiences),
                certificates: [certificate],
                grantPolicy: GrantPolicy(
                    exchange: ExchangePolicy(ownAudiences: [ownAudience], mode: mode)
                )
            )
        }
        let keys = SigningKeys([partners]).jwks(now: 0, tokenLifetimeMax: 1)
        let issuer = TrustedIssuer(
            name: "partner",
            issuer: partner,
            keys: try JSONWebKeySet(keys.span),
            algorithms: [.edDSA],
            clients: ["gateway"],
            scopes: ["read"],
            lifetimeMax: 300
        )
        return try OAuthTesting.registry(
            OAuthTesting.client("web", policy(bindsTokens: false)),
            caller("gateway", .delegate),
            caller("agent", .impersonate),
            users: ["u": User(subject: "user:u", passwordHash: "none", isEnabled: true)],
            issuers: [issuer]
        )
    }

    private struct Ask {
        let caller: String
        let isPartners: Bool
        let isSigned: Bool
        let peer: StubPeer
        let claims: JSONValue?
    }

    static func test(_ input: [UInt8]) {
        guard let choice = input.first, let parties else { return }
        let parts = lines(input.dropFirst(), countMax: 3)
        guard parts.count == 3 else { return }
        // A local: a span of an element that an array hands out would outlive it.
        let text = parts[1]
        let ask = Ask(
            caller: choice & 8 == 0 ? "gateway" : "agent",
            isPartners: choice & 1 != 0,
            isSigned: choice & 2 == 0,
            peer: KnownClients.peer(choice & 4 == 0 ? 1 : 3),
            claims: JSONValue(text.span)
        )
        let key = ask.isPartners ? parties.partners : parties.own
        let token = token(parts[0], parts[1], by: key, ask.isSigned)
        guard let form = form(token, parts[2], of: ask.caller) else { return }
        var endpoint = endpoint(parties.own)
        let before = Array("before".utf8)
        var out = before
        let context = DecisionContext(registry: parties.registry, now: Fixtures.now)
        var decision = endpoint.respond(
            to: form,
            authorization: .none,
            peer: ask.peer,
            context,
            into: &out
        )
        if case .needs(.audit(let row), let continuation) = decision {
            claim(out == before, "no token leaves before the audit has its row")
            claim(row.clientID == "agent", "and a row is written of who impersonates")
            decision = endpoint.resume(continuation, with: .grant(.done), context, into: &out)
        } else if case .issued = decision {
            let isOwn = !ask.isPartners && ask.claims?["client_id"]?.text == ask.caller
            claim(
                isOwn || ask.caller == "gateway",
                "a token without an actor needs a row of the audit, unless the caller had it"
            )
        }
        switch decision {
        case .refused: claim(out == before, "a refusal writes nothing")
        case .issued: check(Array(out.dropFirst(before.count)), form, ask)
        case .needs: claim(false, "the keys of the partner are known, and nothing else is asked")
        case .described, .created: claim(false, "a token is asked for, and nothing else")
        }
    }

    private static func endpoint(_ key: SigningKeyMaterial) -> TokenEndpoint {
        TokenEndpoint(
            OAuthTesting.settings,
            keys: TokenKeys(signing: SigningKeys([key]), sealing: SealingKeys([])),
            dummyPasswordHash: "none",
            replays: ForgetfulMemory()
        )
    }

    private static func token(
        _ header: [UInt8],
        _ claims: [UInt8],
        by key: SigningKeyMaterial,
        _ isSigned: Bool
    ) -> [UInt8] {
        let text = Base64URL.encode(header.span) + [UInt8(ascii: ".")]
        let input = text + Base64URL.encode(claims.span)
        guard let signing = try? SigningKey(pkcs8: key.pkcs8, for: key.algorithm),
            var signature = try? KeySigner(signing).signature(over: input), !signature.isEmpty
        else { return [] }
        if !isSigned { signature[signature.count - 1] ^= 1 }
        return input + [UInt8(ascii: ".")] + Base64URL.encode(signature.span)
    }

    private static func form(
        _ token: [UInt8],
        _ rest: [UInt8],
        of caller: String
    ) -> FormFields? {
        let start =
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange"
            + "&client_id=\(caller)&subject_token="
        let more = rest.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        let text = Array(start.utf8) + token + Array(more.joined(separator: token))
        var fields = FormFields()
        do throws(FormError) { try fields.parse(text.span) } catch { return nil }
        return fields
    }

    private static func check(_ body: [UInt8], _ form: borrowing FormFields, _ ask: Ask) {
        guard let answer = JSONValue(body.span), let token = answer["access_token"]?.text,
            let issued = try? CompactJWS(Array(token.utf8).span).claims, let given = ask.claims
        else { return claim(false, "an answer has a token, for one with claims") }
        claim(answer["issued_token_type"]?.text != nil, "and its type")
        claim(answer["refresh_token"] == nil, "and never a refresh token")
        claim(ask.isSigned, "the subject token has its signature")
        let type = form.range(named: "subject_token_type").map { Array(form.bytes[$0]) } ?? []
        claim(type == Array(self.type(ask.isPartners).utf8), "by the key of its type")
        claim(ask.peer.thumbprint == KnownClients.pinned, "the caller has shown its certificate")
        let bound = issued["cnf"]?["x5t#S256"]?.text
        claim(bound == KnownClients.pinned.base64URL, "to which the token is bound")
        claim(issued["client_id"]?.text == ask.caller, "the token is the caller's")
        claim(
            issued["aud"]?.texts.map { $0.allSatisfy(audiences.contains) } ?? false,
            "for the audiences of its registration"
        )
        let scopes = given["scope"]?.text?.split(separator: " ") ?? []
        let allowed = ask.isPartners ? ["read"] : ["read", "write"]
        let granted = issued["scope"]?.text?.split(separator: " ") ?? []
        claim(scopes.isEmpty || !granted.isEmpty, "no scope is no more than some")
        for scope in granted {
            claim(scopes.contains(scope), "its scope does not grow")
            claim(allowed.contains(String(scope)), "and stays within the registrations")
        }
        let end = issued["exp"]?.seconds ?? .max
        claim(end <= given["exp"]?.seconds ?? 0, "it ends with the subject token at the latest")
        claim(end <= Fixtures.now + 600, "and within the lifetime of exchanged tokens")
        checkTie(issued, given, ask)
        checkActors(issued, given, form, ask)
    }

    private static func type(_ isPartners: Bool) -> String {
        "urn:ietf:params:oauth:token-type:" + (isPartners ? "jwt" : "access_token")
    }

    private static func checkTie(_ issued: JSONValue, _ given: JSONValue, _ ask: Ask) {
        let subject = given["sub"]?.text ?? ""
        claim(given["iss"]?.text == (ask.isPartners ? partner : Fixtures.issuer), "of its issuer")
        claim(
            issued["sub"]?.text == (ask.isPartners ? "partner:" + subject : subject),
            "the subject is the token's"
        )
        let isOwn = !ask.isPartners && given["client_id"]?.text == ask.caller
        claim(
            isOwn || given["aud"]?.texts?.contains(ownAudience) ?? false,
            "the token is meant for the caller"
        )
        if ask.isPartners { claim(ask.caller == "gateway", "which may present the partner's") }
        let holder = given["cnf"]?["x5t#S256"]?.text
        claim(
            isOwn || holder == nil || holder == KnownClients.pinned.base64URL,
            "which is its holder, or had it itself"
        )
        guard isOwn else { return }
        let audiences = given["aud"]?.texts ?? []
        claim(
            issued["aud"]?.texts?.allSatisfy(audiences.contains) ?? false,
            "of its own token the audiences are no more"
        )
    }

    private static func checkActors(
        _ issued: JSONValue,
        _ given: JSONValue,
        _ form: borrowing FormFields,
        _ ask: Ask
    ) {
        // The actors of a token that was not exchanged are none of this server's.
        let chain = issued["act"]
        var depth = 0
        var next = chain
        while let actor = next {
            depth += 1
            next = actor["act"]
        }
        claim(depth <= ActorChain.depthMax, "a chain of actors has a depth")
        guard ask.caller == "gateway", form.range(named: "actor_token") == nil,
            ask.isPartners || given["client_id"]?.text != "gateway"
        else { return }
        let gateway = TokenParty(
            subject: Array("gateway".utf8),
            issuer: Array(Fixtures.issuer.utf8)
        )
        let actors = chain.flatMap { ActorChain($0) }
        claim(actors?.newest == gateway, "the caller acts for the subject")
        guard ask.isPartners else { return }
        let earlier = given["act"].flatMap { ActorChain($0) }
        claim(chain?["act"].flatMap { ActorChain($0) } == earlier, "as those have before it")
        let permitted = given["may_act"].flatMap { TokenParty($0) }
        claim(permitted == nil || permitted == gateway, "nobody acts but who may")
        claim(issued["may_act"].flatMap { TokenParty($0) } == permitted, "who may act stays")
    }
}
