// SPDX-License-Identifier: Apache-2.0
/// If-Match or If-None-Match of a request (RFC 9110 §13.1), kept for when the record is there.
public struct EntityTagCondition: Sendable, Equatable {
    /// The fields' values, in their order; empty without the field.
    private let values: [[UInt8]]

    /// No condition.
    public static let absent = EntityTagCondition(values: [])

    private init(values: [[UInt8]]) {
        self.values = values
    }

    /// The values of all fields `name`, in lower case, of a request.
    public init(_ name: String, _ request: borrowing Request, _ bytes: Span<UInt8>) {
        var values: [[UInt8]] = []
        for field in request.fields where ASCII.equalsIgnoringCase(bytes, field.name, name) {
            values.append([UInt8](copying: bytes.extracting(field.value)))
        }
        self.values = values
    }

    /// The condition of one field's value.
    public init(_ value: String) {
        values = [Array(value.utf8)]
    }

    /// Whether there is no such field.
    public var isAbsent: Bool { values.isEmpty }

    /// If-Match: whether the record that has `tag`, nil for none, may be changed (§13.1.1).
    ///
    /// Strong comparison; a field that is no list of tags allows nothing.
    public func allowsChange(of tag: String?) -> Bool { isAbsent || lists(tag, isStrong: true) }

    /// If-None-Match: whether it names the record that has `tag`, nil for none (§13.1.2).
    public func names(_ tag: String?) -> Bool { !isAbsent && lists(tag, isStrong: false) }

    private func lists(_ tag: String?, isStrong: Bool) -> Bool {
        guard let tag else { return false }
        let wanted = Array(tag.utf8)
        return values.contains { value in
            EntityTag.lists(value.span, 0..<value.count, wanted, isStrong: isStrong)
        }
    }
}
