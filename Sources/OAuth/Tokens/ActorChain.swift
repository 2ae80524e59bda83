// SPDX-License-Identifier: Apache-2.0
internal import Text

/// A party by its identity: `sub` at the issuer `iss` (RFC 8693 §4.1 and §4.4).
struct TokenParty: Sendable, Equatable {
    /// Compared byte by byte, as `iss` is: texts that look the same are equal in Swift.
    let subject: [UInt8]
    let issuer: [UInt8]

    init(subject: [UInt8], issuer: [UInt8]) {
        (self.subject, self.issuer) = (subject, issuer)
    }

    /// Reads an object with the members `sub` and `iss`, both texts that are not empty; nil for any
    /// other value.
    ///
    /// Other members are ignored.
    init?(_ value: JSONValue) {
        guard let subject = value["sub"]?.text, let issuer = value["iss"]?.text,
            !subject.isEmpty, !issuer.isEmpty
        else { return nil }
        self.init(subject: Array(subject.utf8), issuer: Array(issuer.utf8))
    }

    /// The object without its end, to which an inner actor may be added.
    fileprivate func appendOpen(to out: inout [UInt8]) {
        out.append(contentsOf: #"{"sub":"#.utf8)
        JSONText.appendString(subject.span, to: &out)
        out.append(contentsOf: #","iss":"#.utf8)
        JSONText.appendString(issuer.span, to: &out)
    }

    /// Appends the party as a JSON object.
    func appendJSON(to out: inout [UInt8]) {
        appendOpen(to: &out)
        out.append(UInt8(ascii: "}"))
    }
}

/// The parties that act for a token's subject (`act`, RFC 8693 §4.1): at least one, the newest
/// first.
struct ActorChain: Sendable, Equatable {
    /// More actors say nothing that a resource server could still judge, and each makes every
    /// further token longer.
    static let depthMax = 4
    /// Of `act` as JSON: with scopes, audiences and static claims a sealed token stays below its
    /// bound.
    static let bytesMax = 4_096

    private let actors: [TokenParty]

    /// The newest one: the party that acts.
    var newest: TokenParty { actors[0] }
    /// How many there are.
    var depth: Int { actors.count }

    private init?(actors: [TokenParty]) {
        guard (1...Self.depthMax).contains(actors.count) else { return nil }
        self.actors = actors
        guard json.count <= Self.bytesMax else { return nil }
    }

    /// The chain of a first actor; nil where its identity is too long.
    init?(_ actor: TokenParty) {
        self.init(actors: [actor])
    }

    /// Reads the claim `act`; nil for a value in which an actor has no `sub` and `iss`, or that is
    /// deeper or longer than the bounds.
    init?(_ value: JSONValue) {
        var actors: [TokenParty] = []
        var next: JSONValue? = value
        while let value = next {
            guard actors.count < Self.depthMax, let actor = TokenParty(value) else { return nil }
            actors.append(actor)
            next = value["act"]
        }
        self.init(actors: actors)
    }

    /// The chain with a newer actor outermost; nil beyond the bounds.
    func acted(by actor: TokenParty) -> ActorChain? {
        ActorChain(actors: [actor] + actors)
    }

    /// The claim's value.
    var json: [UInt8] {
        var out: [UInt8] = []
        for (index, actor) in actors.enumerated() {
            if index > 0 { out.append(contentsOf: #","act":"#.utf8) }
            actor.appendOpen(to: &out)
        }
        out.append(contentsOf: actors.map { _ in UInt8(ascii: "}") })
        return out
    }
}
