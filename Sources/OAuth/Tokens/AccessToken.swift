internal import Cryptography

/// What an access token says (RFC 9068 §2.2, RFC 8705 §3.1).
public struct AccessTokenGrant {
    let client: Client
    /// `sub`: the client's id or a user's subject.
    let subject: [UInt8]
    /// Registered scopes as bits.
    let scope: UInt64
    let audiences: [String]
    /// The certificate that the token is bound to.
    let thumbprint: Digest256?
}

/// JSON text, appended piece by piece.
enum JSONText {
    /// Appends `"text"` with what JSON requires escaped (RFC 8259 §7).
    static func appendString(_ text: some Sequence<UInt8>, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                out.append(UInt8(ascii: "\\"))
                out.append(byte)
            case 0..<0x20:
                out.append(contentsOf: "\\u00".utf8)
                out.append(hexadecimal[Int(byte >> 4)])
                out.append(hexadecimal[Int(byte & 15)])
            default: out.append(byte)
            }
        }
        out.append(UInt8(ascii: "\""))
    }

    /// Appends `"text"` for a text that is known to need no escapes, such as a client's id.
    static func appendPlain(_ text: [UInt8], to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        out.append(contentsOf: text)
        out.append(UInt8(ascii: "\""))
    }

    /// Appends one string, or an array of them: the two forms of `aud` (RFC 7519 §4.1.3).
    static func appendAudience(_ audiences: [String], to out: inout [UInt8]) {
        if audiences.count == 1 { return appendString(audiences[0].utf8, to: &out) }
        appendArray(audiences, to: &out)
    }

    /// Appends an array of strings.
    static func appendArray(_ texts: [String], to out: inout [UInt8]) {
        out.append(UInt8(ascii: "["))
        for (index, text) in texts.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            appendString(text.utf8, to: &out)
        }
        out.append(UInt8(ascii: "]"))
    }

    /// Appends a decimal number.
    static func appendNumber(_ number: Int64, to out: inout [UInt8]) {
        precondition(number >= 0)
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var at = 20
        var rest = number
        repeat {
            at -= 1
            digits[at] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        } while rest > 0
        for index in at..<20 { out.append(digits[index]) }
    }

    private static let hexadecimal = Array("0123456789abcdef".utf8)
}
