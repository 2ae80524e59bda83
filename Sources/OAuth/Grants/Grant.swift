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

    /// The grant's index, in the order of declaration.
    public var position: Int {
        switch self {
        case .clientCredentials: 0
        case .password: 1
        case .authorizationCode: 2
        case .refreshToken: 3
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
        }
    }

    /// Whether `client` may use it, by its registration.
    func isGranted(to client: Client) -> Bool {
        client.policy.grants.contains(self)
            && (client.policy.method != .publicClient || isForPublicClients)
    }

    /// The grant's first step, after client, scope, audience and binding are decided.
    ///
    /// `claims` are those of a token that is issued to the caller for itself; the grant may change
    /// them.
    func begin(
        _ form: borrowing FormFields,
        _ claims: inout TokenClaims,
        for caller: AuthenticatedClient,
        _ peer: some Peer,
        _ registry: Registry,
        dummyHash: String
    ) throws(OAuthError) -> GrantStep {
        switch self {
        case .clientCredentials: .issue
        case .authorizationCode: .lookUp(try CodeGrant.begin(form, claims, for: caller, peer))
        case .refreshToken: .lookUp(try RefreshGrant.begin(form, claims, for: caller, peer))
        case .password:
            try PasswordGrant.begin(
                form,
                claims,
                for: caller,
                peer,
                registry.users,
                dummyHash: dummyHash
            )
        }
    }
}

/// The result of a grant's first step.
enum GrantStep {
    /// Issue a token with the request's claims.
    case issue
    /// The grant's row has to be read first.
    indirect case lookUp(GrantLookup)
    /// Another thread has to find something out first.
    indirect case needs(Need, Continuation)
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
