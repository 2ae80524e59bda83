// SPDX-License-Identifier: Apache-2.0
internal import HTTP

/// The cookie by which a browser shows its session.
///
/// The port is part of the name, because cookies are those of a host whatever the port: two
/// consoles on one machine keep apart. The path is one that no other program knows.
struct SessionCookie: Sendable {
    let name: String
    private let base: String

    /// The cookie of the console at a port, for what is below `base`.
    init(port: UInt16, base: String) {
        name = "handfast_console_\(port)"
        self.base = base
    }

    /// The value of Set-Cookie: out of reach for scripts, and never sent for a page elsewhere.
    func field(_ value: String) -> String {
        "\(name)=\(value); Path=\(base)/; HttpOnly; SameSite=Strict"
    }

    /// The value in a request; nil without one, and where there are two.
    func value(_ request: borrowing Request, _ bytes: Span<UInt8>) -> [UInt8]? {
        guard let field = request.only("cookie", in: bytes) else { return nil }
        let wanted = Array("\(name)=".utf8)
        let pairs = [UInt8](copying: bytes.extracting(field)).split(separator: UInt8(ascii: ";"))
        let found = pairs.compactMap { pair -> [UInt8]? in
            let trimmed = pair.drop { $0 == UInt8(ascii: " ") }
            return trimmed.starts(with: wanted) ? Array(trimmed.dropFirst(wanted.count)) : nil
        }
        return found.count == 1 ? found[0] : nil
    }
}
