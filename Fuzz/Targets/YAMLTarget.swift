// SPDX-License-Identifier: Apache-2.0
internal import Text
internal import YAML

/// The input is a YAML document.
///
/// Promises: it is read, or refused at a place in it; what is read has no more values, and no
/// deeper ones, than are taken, and each key once in its map; written again, it is read the same.
/// A text that is JSON too says the same in both.
enum YAMLTarget {
    // As many as a document may have, aliases' ones included.
    private static let nodesMax = 10_000
    private static let depthMax = 16

    static func test(_ input: [UInt8]) {
        let end = lineCount(input)
        do throws(YAMLError) {
            guard let root = try YAMLNode.document(input.span) else { return }
            var nodes = 0
            check(root, depth: 1, end, &nodes)
            claim(nodes <= nodesMax, "there are no more values than are taken")
            var text: [UInt8] = []
            write(root, to: &text)
            let again = try? YAMLNode.document(text.span)
            claim(again.map { isSame($0, root) } ?? false, "what is written is read the same")
            if let json = JSONValue(input.span), !hasLineBreakOfYAML(input) {
                claim(isSame(json, root), "JSON says the same in YAML")
            }
        } catch {
            claim(!error.reason.isEmpty, "a refusal has its reason")
            claim((1...end).contains(error.position.line), "it is at a line of the text")
            claim((1...input.count + 1).contains(error.position.column), "and in that line")
        }
    }

    // MARK: what is read

    private static func check(_ node: YAMLNode, depth: Int, _ end: Int, _ nodes: inout Int) {
        nodes += 1
        claim(depth <= depthMax, "no value lies deeper than is taken")
        claim((1...end).contains(node.position.line), "a value has its line")
        switch node.content {
        case .scalar: break
        case .list(let values):
            for value in values { check(value, depth: depth + 1, end, &nodes) }
        case .map(let members):
            let names = members.map { Array($0.name.utf8) }
            claim(Set(names).count == names.count, "each key stands once in its map")
            for member in members {
                nodes += 1
                claim((1...end).contains(member.position.line), "a key has its line")
                check(member.value, depth: depth + 1, end, &nodes)
            }
        }
    }

    private static func isSame(_ a: YAMLNode, _ b: YAMLNode) -> Bool {
        switch (a.content, b.content) {
        case (.scalar(let a), .scalar(let b)): return a.utf8.elementsEqual(b.utf8)
        case (.list(let a), .list(let b)):
            return a.count == b.count && zip(a, b).allSatisfy(isSame)
        case (.map(let a), .map(let b)):
            return a.count == b.count
                && zip(a, b).allSatisfy {
                    $0.name.utf8.elementsEqual($1.name.utf8) && isSame($0.value, $1.value)
                }
        default: return false
        }
    }

    private static func isSame(_ json: JSONValue, _ node: YAMLNode) -> Bool {
        switch (json, node.content) {
        case (.null, .scalar(let text)): return text == "null"
        case (.boolean(let value), .scalar(let text)): return text == "\(value)"
        case (.integer(let value), .scalar(let text)): return Int64(text) == value
        case (.number(let digits), .scalar(let text)): return text == digits
        case (.string(let string), .scalar(let text)):
            return text.utf8.elementsEqual(string.utf8)
        case (.array(let values), .list(let nodes)):
            return values.count == nodes.count && zip(values, nodes).allSatisfy(isSame)
        case (.object(let members), .map(let others)):
            return members.count == others.count
                && others.allSatisfy { other in
                    members[other.name].map { isSame($0, other.value) } ?? false
                }
        default: return false
        }
    }

    // MARK: what is written

    /// In quotes and brackets, with every character beyond ASCII escaped; keys of any length need
    /// the question mark.
    private static func write(_ node: YAMLNode, to text: inout [UInt8]) {
        switch node.content {
        case .scalar(let scalar): write(scalar, to: &text)
        case .list(let values):
            text += "[".utf8
            for value in values {
                write(value, to: &text)
                text += ", ".utf8
            }
            text += "]".utf8
        case .map(let members):
            text += "{".utf8
            for member in members {
                text += "? ".utf8
                write(member.name, to: &text)
                text += " : ".utf8
                write(member.value, to: &text)
                text += ", ".utf8
            }
            text += "}".utf8
        }
    }

    private static func write(_ scalar: String, to text: inout [UInt8]) {
        text += "\"".utf8
        for character in scalar.unicodeScalars {
            switch character.value {
            case 0x22, 0x5c: text += "\\\(character)".utf8
            case 0x20..<0x7f: text += "\(character)".utf8
            default:
                let digits = String(character.value, radix: 16)
                text += "\\U\(String(repeating: "0", count: 8 - digits.utf8.count))\(digits)".utf8
            }
        }
        text += "\"".utf8
    }

    // MARK: lines

    /// How many lines a text may have for YAML, the one behind its end included.
    private static func lineCount(_ input: [UInt8]) -> Int {
        2 + input.count { $0 == 0x0a || $0 == 0x0d } + breaks(input)
    }

    /// Between quotes, YAML folds what it takes for the end of a line; for JSON it is a character.
    private static func hasLineBreakOfYAML(_ input: [UInt8]) -> Bool { breaks(input) > 0 }

    /// U+0085, U+2028 and U+2029.
    private static func breaks(_ input: [UInt8]) -> Int {
        String(decoding: input, as: UTF8.self).unicodeScalars.count {
            [0x85, 0x2028, 0x2029].contains($0.value)
        }
    }
}
