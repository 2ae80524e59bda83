// SPDX-License-Identifier: Apache-2.0
import Foundation
internal import Text

/// The input is JSON text.
///
/// Promises: what is read is read the same when it is written again; another reader takes it too;
/// a string that is written into an answer is read as itself.
enum JSONTarget {
    static func test(_ input: [UInt8]) {
        if String(validating: input, as: UTF8.self) != nil { checkString(input) }
        guard let value = JSONValue(input.span) else { return }
        var text: [UInt8] = []
        write(value, to: &text)
        claim(JSONValue(text.span) == value, "what is written is read the same")
        claim(JSONValue(([0x20] + input + [0x0a]).span) == value, "space around it means nothing")
        claim(JSONValue((input + input).span) == nil || isDigits(input), "one text is one value")
        // Foundation refuses numbers that no Double holds.
        guard !hasNumber(value) else { return }
        let foreign = try? JSONSerialization.jsonObject(
            with: Data(input),
            options: .fragmentsAllowed
        )
        claim(foreign != nil, "another reader takes it")
    }

    private static func checkString(_ input: [UInt8]) {
        var text: [UInt8] = []
        JSONText.appendString(input.span, to: &text)
        guard case .string(let read) = JSONValue(text.span) else {
            return claim(false, "a string is written as one")
        }
        claim(read.utf8.elementsEqual(input), "it is read as itself")
    }

    private static func isDigits(_ input: [UInt8]) -> Bool {
        input.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2e || $0 == 0x65 || $0 == 0x45 }
            || input.first != 0x7b && input.first != 0x5b && input.first != 0x22
    }

    private static func hasNumber(_ value: JSONValue) -> Bool {
        switch value {
        case .number: true
        case .array(let values): values.contains(where: hasNumber)
        case .object(let members): members.values.contains(where: hasNumber)
        default: false
        }
    }

    private static func write(_ value: JSONValue, to text: inout [UInt8]) {
        switch value {
        case .null: text += "null".utf8
        case .boolean(let value): text += "\(value)".utf8
        case .integer(let value): text += "\(value)".utf8
        case .number(let digits): text += digits.utf8
        case .string(let string): JSONText.appendString(string, to: &text)
        case .array(let values):
            text.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { text.append(UInt8(ascii: ",")) }
                write(value, to: &text)
            }
            text.append(UInt8(ascii: "]"))
        case .object(let members):
            text.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { text.append(UInt8(ascii: ",")) }
                JSONText.appendString(member.key, to: &text)
                text.append(UInt8(ascii: ":"))
                write(member.value, to: &text)
            }
            text.append(UInt8(ascii: "}"))
        }
    }
}
