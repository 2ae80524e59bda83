// SPDX-License-Identifier: Apache-2.0
internal import Text

/// The form of log lines.
public enum LogFormat: String, Sendable, CaseIterable {
    /// `human` on a terminal, `json` elsewhere.
    case auto
    /// A line for people.
    case human
    /// One JSON object a line (RFC 8259).
    case json
}

/// Escapes untrusted text for a line of the log.
///
/// Characters that end a line, control a terminal or change the reading direction become escapes,
/// so that a client's bytes stay inside their quotes whichever program shows the log.
enum LogText {
    /// Appends `text` as the inside of a JSON string (RFC 8259 §7), cut after `limit` bytes.
    static func append(_ text: String, to line: inout [UInt8], limit: Int) {
        let end = line.count + limit
        for scalar in text.unicodeScalars {
            guard line.count < end else {
                line += "…".utf8
                return
            }
            append(scalar, to: &line)
        }
    }

    /// The same for text that is shown to people outside the log.
    static func escaped(_ text: String) -> String {
        var bytes: [UInt8] = []
        append(text, to: &bytes, limit: .max / 2)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func append(_ scalar: Unicode.Scalar, to line: inout [UInt8]) {
        switch scalar {
        case "\"": line += "\\\"".utf8
        case "\\": line += "\\\\".utf8
        case "\n": line += "\\n".utf8
        case "\r": line += "\\r".utf8
        case "\t": line += "\\t".utf8
        default:
            if isHarmless(scalar) {
                line += scalar.utf8
            } else {
                JSONText.appendEscape(scalar.value, to: &line)
            }
        }
    }

    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0: false  // C0, DEL, C1: ESC and CSI are among them
        case 0x061C, 0x200B...0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: false
        case 0xE0000...0xE007F: false  // tags, invisible everywhere
        default: true
        }
    }
}
