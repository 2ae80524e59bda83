// SPDX-License-Identifier: Apache-2.0
internal import HTTP

/// A grant (RFC 6749 §1.3), by its name in `grant_type`; each has a file of its own here.
///
/// Metadata, profiles, registrations and metrics go by this list.
public enum Grant: String, Sendable, CaseIterable {
    /// RFC 6749 §4.4.
    case clientCredentials = "client_credentials"
    /// RFC 6749 §4.3; RFC 9700 §2.4 says that it must not be used.
    case password
    /// RFC 6749 §4.1.
    case authorizationCode = "authorization_code"
    /// RFC 6749 §6.
    case refreshToken = "refresh_token"
    /// RFC 7523 §2.1.
    case jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    /// RFC 8693 §2.1.
    case tokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange"

    /// The grant's word in flags, logs and metrics: its name, or the last part of a URN with `_`.
    public var word: String {
        switch self {
        case .clientCredentials, .password, .authorizationCode, .refreshToken: rawValue
        case .jwtBearer: "jwt_bearer"
        case .tokenExchange: "token_exchange"
        }
    }

    /// The grant of this word or name; nil where there is none.
    public init?(word: String) {
        guard let grant = Self.all.first(where: { $0.word == word || $0.rawValue == word }) else {
            return nil
        }
        self = grant
    }

    /// The grant's index, in the order of declaration.
    public var position: Int {
        switch self {
        case .clientCredentials: 0
        case .password: 1
        case .authorizationCode: 2
        case .refreshToken: 3
        case .jwtBearer: 4
        case .tokenExchange: 5
        }
    }

    // Cached: `allCases` may allocate an array for each request.
    private static let all = allCases

    /// The grant whose name these bytes are; nil where there is none.
    init?(named name: Range<Int>, _ bytes: Span<UInt8>) {
        for grant in Self.all where ASCII.equals(bytes, name, grant.rawValue) {
            self = grant
            return
        }
        return nil
    }
}

extension Grant {
    /// Whether public clients may use it.
    var isForPublicClients: Bool {
        switch self {
        case .clientCredentials: ClientCredentialsGrant.isForPublicClients
        case .password: PasswordGrant.isForPublicClients
        case .authorizationCode: CodeGrant.isForPublicClients
        case .refreshToken: RefreshGrant.isForPublicClients
        case .jwtBearer: BearerGrant.isForPublicClients
        case .tokenExchange: ExchangeGrant.isForPublicClients
        }
    }

    /// Whether `client` may use it, by its registration.
    func isGranted(to client: Client) -> Bool {
        client.policy.grants.contains(self)
            && (client.policy.method != .publicClient || isForPublicClients)
    }

    /// Whether its tokens are bound to the client's certificate, whatever the client is registered
    /// for.
    var alwaysBindsTokens: Bool { self == .jwtBearer || self == .tokenExchange }
}

/// The result of a grant's first step.
enum GrantStep {
    /// Issue a token with the request's claims.
    case issue
    /// The grant's row has to be read first.
    indirect case lookUp(GrantLookup)
    /// Another thread has to find something out first.
    indirect case needs(Need, Continuation)
    /// Issue a token with these claims, which follow from a JWT that is proven.
    indirect case proven(TokenClaims)
    /// Refused for a time, with nothing decided.
    indirect case refused(RefusedRequest)
}

/// A set of grants: those that a client is registered for (`grant_types`, RFC 7591 §2), or those
/// that a listener allows.
public struct Grants: Sendable, Hashable, ExpressibleByArrayLiteral {
    // One bit for each grant, by its position.
    private var bits: UInt8 = 0

    /// The set of these grants.
    public init(_ grants: [Grant]) {
        for grant in grants { insert(grant) }
    }

    /// The set of these grants.
    public init(arrayLiteral grants: Grant...) {
        self.init(grants)
    }

    /// Every grant there is.
    public static let all = Grants(Grant.allCases)

    /// Whether `grant` is among them.
    public func contains(_ grant: Grant) -> Bool {
        bits & (1 << UInt8(grant.position)) != 0
    }

    /// Adds a grant.
    public mutating func insert(_ grant: Grant) {
        bits |= 1 << UInt8(grant.position)
    }

    /// Adds all of another set.
    public mutating func formUnion(_ other: Grants) {
        bits |= other.bits
    }

    /// Removes what is not in another set too.
    public mutating func formIntersection(_ other: Grants) {
        bits &= other.bits
    }

    /// The grants in the order of their declaration.
    public var grants: [Grant] { Grant.allCases.filter { contains($0) } }
}
