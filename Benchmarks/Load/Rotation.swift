// SPDX-License-Identifier: Apache-2.0
/// The forms of connections that each use a refresh token, and then the one that came for it.
struct Rotation: Codable, Equatable, Sendable {
    /// The form of a refresh, without the token at its end.
    let refresh: String
    /// The next form of each connection: at first, one that begins a grant.
    private(set) var forms: [String]

    /// So many connections that begin with `beginnings` in turn.
    init(refresh: String, beginnings: [String], connections: Int) {
        self.refresh = refresh
        forms = (0..<connections).map { beginnings[$0 % beginnings.count] }
    }

    /// Takes over the refresh token of an answer's `body`; false where there is none.
    mutating func take(_ bytes: Span<UInt8>, _ body: Range<Int>, of connection: Int) -> Bool {
        guard let token = Self.token(bytes, body) else { return false }
        forms[connection] = refresh + token
        return true
    }

    /// Those of a part of the connections.
    func share(of index: Int, among count: Int) -> Rotation {
        var part = self
        part.forms = forms.indices.filter { $0 % count == index }.map { forms[$0] }
        return part
    }

    /// The value of `refresh_token` (RFC 6749 §5.1), which has no character that JSON escapes.
    static func token(_ bytes: Span<UInt8>, _ body: Range<Int>) -> String? {
        let name = Array(#""refresh_token":""#.utf8)
        var place = body.lowerBound
        search: while place + name.count < body.upperBound {
            for offset in name.indices where bytes[place + offset] != name[offset] {
                place += 1
                continue search
            }
            var token: [UInt8] = []
            place += name.count
            while place < body.upperBound, bytes[place] != UInt8(ascii: "\"") {
                token.append(bytes[place])
                place += 1
            }
            return place < body.upperBound ? String(decoding: token, as: UTF8.self) : nil
        }
        return nil
    }
}
