// SPDX-License-Identifier: Apache-2.0
/// What the configuration library says of a file, in words for operators.
enum FileRefusal: Error {
    case unknownFormat
    /// It is no file that could be read whole.
    case unreadable(String)

    /// How the YAML parser begins its complaint about two equal keys.
    static let repeatedKeys = "duplicated key(s): "

    /// The reason of an error that reading or parsing a file threw.
    static func reason(_ error: any Error) -> String {
        if case FileRefusal.unknownFormat = error {
            return "the file's name must end in .yaml, .yml or .json"
        }
        if case FileRefusal.unreadable(let reason) = error { return "cannot be read: \(reason)" }
        let text = "\(error)"
        if text.hasPrefix("File not found") { return "no such file" }
        if text.contains("Is a directory") { return "is a directory, not a file" }
        if text.contains("Permission denied") || text.contains("Code=257") {
            return "cannot be read: permission denied"
        }
        if text.contains("Not a directory") { return "no such file: a part of its path is a file" }
        if text.hasPrefix("Top level YAML value") || text.hasPrefix("The top-level value") {
            return "holds no keys at its top level"
        }
        if let keys = text.firstRange(of: repeatedKeys) {
            return "a key is given twice: \(line(text[keys.upperBound...]))"
        }
        if text.contains("value in array") || text.contains("Unsupported primitive value") {
            return
                "\(line(text[...])): a list where a section with named parts or one value belongs"
        }
        if let note = text.firstRange(of: "NSDebugDescription=") {
            let rest = text[note.upperBound...]
            return "is not JSON: \(line(rest.prefix { $0 != "}" && $0 != "," }))"
        }
        return "is not YAML: \(line(text[...]))"
    }

    /// What a JSON value is.
    ///
    /// The library's number type tells literals apart only by its class.
    static func json(_ value: any Sendable) -> RawValue {
        if let text = value as? String { return .text(text) }
        if value is [any Sendable] { return .list }
        if "\(type(of: value))".contains("Bool") { return .boolean("\(value)" != "0") }
        return .number("\(value)")
    }

    /// The first line, without a colon at its end: what follows quotes the file.
    private static func line(_ text: Substring) -> String {
        var line = text.prefix { $0 != "\n" && $0 != "\r\n" }
        while line.last == ":" || line.last == " " || line.last == "." { line.removeLast() }
        return String(line)
    }
}
