// SPDX-License-Identifier: Apache-2.0
package import Storage
internal import Text

/// Entries of the audit as messages of syslog (RFC 5424): one datagram each.
///
/// The identity of a change is in the structured data, the whole entry behind it as JSON in ASCII,
/// so that no byte order mark is needed (§6.4). No text of an entry ends a message or a parameter.
package struct SyslogMessage: Sendable {
    /// The name of this machine; empty where it is not known.
    private let host: String
    /// The number of this process.
    private let process: Int

    /// RFC 5424 §6.1: a receiver should take messages of this length.
    package static let bytesMax = 2_048
    /// Each of the five texts in the structured data; they fit with room to spare.
    private static let parameterBytesMax = 128
    // §6.2.1: facility 13 (log audit), severity 5 (notice: normal but significant).
    private static let priority = 13 * 8 + 5
    // RFC 5612: the number for documentation; this project has none of its own.
    private static let element = "audit@32473"

    /// Messages of this process, from the machine `host`.
    package init(host: String, process: Int) {
        self.host = host
        self.process = process
    }

    /// The message of `entry`; without its members where they do not fit.
    package func bytes(_ entry: AuditEntry) -> [UInt8] {
        let whole = head(entry) + Self.ascii(entry.line)
        guard whole.count > Self.bytesMax else { return whole }
        let rest = "the members of this change are too long for syslog: see `handfast audit list"
        var json = Array(#"{"sequence":\#(entry.sequence),"left_out":"#.utf8)
        JSONText.appendString("\(rest) --after \(entry.sequence - 1) --limit 1`", to: &json)
        return head(entry) + json + Array("}".utf8)
    }

    /// §6.2: all that stands before the message's own text.
    private func head(_ entry: AuditEntry) -> [UInt8] {
        let parameters = [
            ("sequence", "\(entry.sequence)"), ("author", entry.author), ("kind", entry.kind),
            ("id", entry.id), ("action", entry.action),
        ]
        let data = parameters.map { " \($0.0)=\"\(Self.parameter($0.1))\"" }.joined()
        let name = Self.header(host, charactersMax: 255)
        // A year that RFC 3339 does not have is no timestamp of syslog either.
        let time = TimestampText.text(entry.time)
        let shown = time.hasSuffix("Z") ? time : "-"
        let text =
            "<\(Self.priority)>1 \(shown) \(name) handfast \(process) audit"
            + " [\(Self.element)\(data)] "
        return Array(text.utf8)
    }

    /// §6.2.4: printable ASCII without spaces, or the NILVALUE.
    private static func header(_ text: String, charactersMax: Int) -> String {
        let bytes = text.utf8.filter { (33...126).contains($0) }.prefix(charactersMax)
        return bytes.isEmpty ? "-" : String(decoding: bytes, as: UTF8.self)
    }

    /// §6.3.3: `"`, `\` and `]` escaped, and here what is not printable shown by its number.
    private static func parameter(_ text: String) -> String {
        var value = ""
        for scalar in PrintableText.escaped(text).unicodeScalars {
            guard value.utf8.count < parameterBytesMax else { return value + "…" }
            if ["\"", "\\", "]"].contains(scalar) { value.unicodeScalars.append("\\") }
            value.unicodeScalars.append(scalar)
        }
        return value
    }

    /// JSON in ASCII: outside of strings it has nothing else, and in them each scalar has an
    /// escape.
    private static func ascii(_ json: [UInt8]) -> [UInt8] {
        guard json.contains(where: { $0 >= 0x80 }) else { return json }
        var bytes: [UInt8] = []
        for scalar in String(decoding: json, as: UTF8.self).unicodeScalars {
            if scalar.isASCII {
                bytes.append(UInt8(scalar.value))
            } else {
                JSONText.appendEscape(scalar.value, to: &bytes)
            }
        }
        return bytes
    }
}
