// SPDX-License-Identifier: Apache-2.0
internal import Text

/// Whose identity the `sub` of a token is.
///
/// Exchanged tokens carry it: their subject is seldom the client that they were issued to, and a
/// user and a client may have the same name by the time they are looked at.
enum SubjectKind: UInt8, Sendable {
    case client = 1
    case user = 2
    /// One of a trusted issuer: `NAME:sub`.
    case issuer = 3
}

/// The claims that only exchanged tokens have (RFC 8693 §4).
struct ExchangedClaims: Sendable, Equatable {
    /// In the first byte of `jti` in a JWT, and in the content of a sealed token.
    let subjectKind: SubjectKind
    /// `act`; nil where the token names no actor.
    var actors: ActorChain?
    /// `may_act` (RFC 8693 §4.4), as the subject token had it; nil for none.
    ///
    /// Kept, or it would end at the first exchange.
    var permittedActor: TokenParty?

    /// Appends `act` and `may_act`, with a comma before each.
    func append(to out: inout [UInt8]) {
        if let actors {
            out.append(contentsOf: #","act":"#.utf8)
            out.append(contentsOf: actors.json)
        }
        if let permittedActor {
            out.append(contentsOf: #","may_act":"#.utf8)
            permittedActor.appendJSON(to: &out)
        }
    }

    /// The claims of a JWT that says it is exchanged by `kind`, an object; nil where one of them is
    /// malformed.
    init?(_ subjectKind: SubjectKind, of claims: JSONValue) {
        self.subjectKind = subjectKind
        if let value = claims["act"] {
            guard let actors = ActorChain(value) else { return nil }
            self.actors = actors
        }
        if let value = claims["may_act"] {
            guard let party = TokenParty(value) else { return nil }
            permittedActor = party
        }
    }

    init(_ subjectKind: SubjectKind, actors: ActorChain?, permittedActor: TokenParty?) {
        self.subjectKind = subjectKind
        self.actors = actors
        self.permittedActor = permittedActor
    }

    /// The members of a sealed token's content, as a JSON object.
    var sealed: [UInt8] {
        var members: [UInt8] = []
        append(to: &members)
        return [UInt8(ascii: "{")] + members.dropFirst() + [UInt8(ascii: "}")]
    }

    /// Reads what `sealed` has written; nil for anything else.
    init?(kind: UInt8, sealed: [UInt8]) {
        guard let kind = SubjectKind(rawValue: kind), let value = JSONValue(sealed.span),
            case .object = value
        else { return nil }
        self.init(kind, of: value)
    }
}
