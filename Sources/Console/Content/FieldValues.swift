// SPDX-License-Identifier: Apache-2.0
internal import HTTP

/// The values of a query or of a form, by their names.
package struct FieldValues: Sendable, Equatable {
    /// A file that was chosen.
    package struct File: Sendable, Equatable {
        /// Its name, as the browser says it.
        package let name: String
        package let bytes: [UInt8]
    }

    private var fields: [(name: String, value: String)] = []
    private var files: [String: File] = [:]

    /// Far more than the longest form has.
    static let countMax = 256

    /// No values.
    package init() {}

    /// Values as they stand in a form.
    package init(_ fields: [(name: String, value: String)]) {
        self.fields = fields
    }

    /// Reads a query, or a form that is `application/x-www-form-urlencoded`; nil where it is none.
    ///
    /// Line breaks become line feeds; other control characters are in no form.
    init?(urlencoded bytes: [UInt8]) {
        for pair in bytes.split(separator: UInt8(ascii: "&")) {
            let sign = pair.firstIndex(of: UInt8(ascii: "="))
            guard let name = Self.text(pair[..<(sign ?? pair.endIndex)]),
                let value = Self.text(sign.map { pair[($0 + 1)...] } ?? []),
                add(name, value)
            else { return nil }
        }
    }

    /// Adds a value; false where there are too many, or where it is no text.
    mutating func add(_ name: String, _ value: String) -> Bool {
        guard fields.count < Self.countMax else { return false }
        var plain = ""
        plain.reserveCapacity(value.utf8.count)
        var sawReturn = false
        for scalar in value.unicodeScalars {
            // Forms have CR LF for a line break (HTML §4.10.22.4).
            if scalar == "\r" || scalar == "\n" {
                if scalar == "\r" || !sawReturn { plain.unicodeScalars.append("\n") }
                sawReturn = scalar == "\r"
                continue
            }
            sawReturn = false
            guard scalar.value >= 0x20 && scalar.value != 0x7f || scalar == "\t" else {
                return false
            }
            plain.unicodeScalars.append(scalar)
        }
        fields.append((name, plain))
        return true
    }

    /// Adds a file; false where the name has one already.
    mutating func add(_ name: String, file: File) -> Bool {
        guard files[name] == nil, files.count < Self.countMax else { return false }
        files[name] = file
        return true
    }

    /// The first value of the name; nil without one.
    package subscript(name: String) -> String? {
        fields.first { $0.name == name }?.value
    }

    /// The first value of the name, without white space around it; empty without one.
    package func trimmed(_ name: String) -> String {
        let value = self[name] ?? ""
        let start = value.drop(while: \.isWhitespace)
        guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...end])
    }

    /// All values of the name, in their order.
    package func all(_ name: String) -> [String] {
        fields.filter { $0.name == name }.map(\.value)
    }

    /// The file that was chosen in the field of that name; nil for none, and for an empty one.
    package func file(_ name: String) -> File? {
        guard let file = files[name], !file.bytes.isEmpty else { return nil }
        return file
    }

    private static func text(_ encoded: ArraySlice<UInt8>) -> String? {
        let bytes = Array(encoded)
        guard let decoded = PercentEncoding.decodeForm(bytes.span) else { return nil }
        return String(validating: decoded, as: UTF8.self)
    }

    /// Whether both have the same values in the same order.
    package static func == (one: FieldValues, other: FieldValues) -> Bool {
        one.files == other.files && one.fields.count == other.fields.count
            && zip(one.fields, other.fields).allSatisfy { $0 == $1 }
    }
}
