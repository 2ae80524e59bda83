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

    /// Where it stands among all, in the order of their declaration.
    public var position: Int {
        switch self {
        case .clientCredentials: 0
        case .password: 1
        }
    }

    // A list that is made once: `allCases` may make one for each request.
    private static let all = allCases

    /// The grant of this name; nil where there is none.
    init?(named name: ArraySlice<UInt8>) {
        for grant in Self.all where name.elementsEqual(grant.rawValue.utf8) {
            self = grant
            return
        }
        return nil
    }
}

extension Grant {
    /// Whether clients that prove nothing may use it.
    var isForPublicClients: Bool {
        switch self {
        case .clientCredentials: ClientCredentialsGrant.isForPublicClients
        case .password: PasswordGrant.isForPublicClients
        }
    }

    /// Whether a client that is registered so may use it.
    func isGranted(to policy: ClientPolicy) -> Bool {
        policy.grants.contains(self) && (policy.method != .publicClient || isForPublicClients)
    }

    /// Takes the grant's first step: all that is left to decide once client, scope, audience and
    /// binding are.
    func begin(
        _ form: borrowing FormFields,
        _ request: GrantRequest,
        _ peer: some Peer,
        _ registry: Registry,
        dummyHash: String
    ) throws(OAuthError) -> GrantStep {
        switch self {
        case .clientCredentials: ClientCredentialsGrant.begin(request)
        case .password:
            try PasswordGrant.begin(form, request, peer, registry.users, dummyHash: dummyHash)
        }
    }
}

/// What a grant comes to at first.
enum GrantStep {
    /// A token may be issued that says this.
    case issue(TokenClaims)
    /// Something has to be found out first.
    case needs(Need, Continuation)
}

/// A set of grants: what a client is registered for (`grant_types`, RFC 7591 §2), or what a
/// listener takes.
public struct Grants: Sendable, Hashable, ExpressibleByArrayLiteral {
    // One bit for each grant, by its position.
    private var bits: UInt8 = 0

    /// The set of these.
    public init(_ grants: [Grant]) {
        for grant in grants { insert(grant) }
    }

    /// The set of these.
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

    /// The grants in the order of their declaration.
    public var grants: [Grant] { Grant.allCases.filter { contains($0) } }
}
