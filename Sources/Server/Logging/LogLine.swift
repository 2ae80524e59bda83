// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import Text

/// One line of the log, with its line feed.
struct LogLine {
    /// One line's longest text: what a log collector takes (16 KiB), with room for its own
    /// envelope.
    static let bytesMax = 15_360
    /// One text of a line, such as the message; what does not fit is cut.
    static let textBytesMax = 4096
    /// The depth of nested metadata beyond which it is cut.
    private static let metadataDepthMax = 8

    let milliseconds: Int64
    let level: Logger.Level
    let label: String
    let message: String
    let metadata: Logger.Metadata

    /// The line in `format`, which must not be `auto`.
    func bytes(_ format: LogFormat) -> [UInt8] {
        precondition(format != .auto)
        var line: [UInt8] = []
        line.reserveCapacity(256)
        if format == .json { appendJSON(to: &line) } else { appendHuman(to: &line) }
        line.append(UInt8(ascii: "\n"))
        return line
    }

    // MARK: JSON

    private static let ownKeys: Set<String> = ["time", "level", "logger", "message", "truncated"]

    private func appendJSON(to line: inout [UInt8]) {
        line += "{\"time\":\"".utf8
        TimestampText.append(milliseconds: milliseconds, to: &line)
        line += "\",\"level\":\"\(level.rawValue)\",\"logger\":".utf8
        Self.appendQuoted(label, to: &line)
        line += ",\"message\":".utf8
        Self.appendQuoted(message, to: &line)
        for key in metadata.keys.sorted() {
            guard line.count < Self.bytesMax else {
                line += ",\"truncated\":true".utf8
                break
            }
            line.append(UInt8(ascii: ","))
            Self.appendQuoted(unusedName(key), to: &line)
            line.append(UInt8(ascii: ":"))
            Self.appendJSON(metadata[key], of: key, depth: 1, to: &line)
        }
        line.append(UInt8(ascii: "}"))
    }

    /// Renames a key that the line uses already: readers of an object with two equal names
    /// disagree.
    private func unusedName(_ key: String) -> String {
        guard Self.ownKeys.contains(key) else { return key }
        var name = key + "_"
        while metadata[name] != nil { name += "_" }
        return name
    }

    private static func appendJSON(
        _ value: Logger.MetadataValue?,
        of key: String,
        depth: Int,
        to line: inout [UInt8]
    ) {
        guard !LogRedaction.covers(key) else {
            return appendQuoted(LogRedaction.replacement, to: &line)
        }
        guard depth <= metadataDepthMax, line.count < Self.bytesMax else {
            return appendQuoted("…", to: &line)
        }
        switch value {
        case .string(let text)?: appendQuoted(text, to: &line)
        case .stringConvertible(let value)?:
            if value is any BinaryInteger || value is Bool {
                line += value.description.utf8
            } else {
                appendQuoted(value.description, to: &line)
            }
        case .array(let values)?:
            line.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { line.append(UInt8(ascii: ",")) }
                appendJSON(value, of: key, depth: depth + 1, to: &line)
            }
            line.append(UInt8(ascii: "]"))
        case .dictionary(let values)?:
            line.append(UInt8(ascii: "{"))
            for (index, key) in values.keys.sorted().enumerated() {
                if index > 0 { line.append(UInt8(ascii: ",")) }
                appendQuoted(key, to: &line)
                line.append(UInt8(ascii: ":"))
                appendJSON(values[key], of: key, depth: depth + 1, to: &line)
            }
            line.append(UInt8(ascii: "}"))
        case nil: line += "null".utf8
        }
    }

    private static func appendQuoted(_ text: String, to line: inout [UInt8]) {
        line.append(UInt8(ascii: "\""))
        LogText.append(text, to: &line, limit: Self.textBytesMax)
        line.append(UInt8(ascii: "\""))
    }

    // MARK: For people

    private func appendHuman(to line: inout [UInt8]) {
        TimestampText.append(milliseconds: milliseconds, to: &line)
        line += " \(level.rawValue) ".utf8
        LogText.append(label, to: &line, limit: Self.textBytesMax)
        line += ": ".utf8
        LogText.append(message, to: &line, limit: Self.textBytesMax)
        for key in metadata.keys.sorted() {
            guard line.count < Self.bytesMax else {
                line += " …".utf8
                return
            }
            line.append(UInt8(ascii: " "))
            LogText.append(key, to: &line, limit: Self.textBytesMax)
            line.append(UInt8(ascii: "="))
            switch metadata[key] {
            case .string(let text)? where !LogRedaction.covers(key) && Self.isPlain(text):
                line += text.utf8
            default:
                Self.appendJSON(metadata[key], of: key, depth: 1, to: &line)
            }
        }
    }

    /// Whether a value can stand without quotes.
    private static func isPlain(_ text: String) -> Bool {
        guard (1...64).contains(text.utf8.count) else { return false }
        return text.utf8.allSatisfy {
            $0.isLetterOrDigit || "-._:/@+".utf8.contains($0)
        }
    }
}
