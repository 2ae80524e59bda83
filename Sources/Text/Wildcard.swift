// SPDX-License-Identifier: Apache-2.0
/// Patterns in which each `*` stands for any bytes, or none.
package enum Wildcard {
    /// Whether `pattern` stands for `text`, compared byte for byte.
    ///
    /// Goes back to the last `*` alone, so that the steps are at most the product of the lengths.
    package static func matches(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
        let star = UInt8(ascii: "*")
        var (at, inPattern) = (0, 0)
        var lastStar: (inPattern: Int, at: Int)?
        while at < text.count {
            if inPattern < pattern.count, pattern[inPattern] == star {
                lastStar = (inPattern, at)
                inPattern += 1
            } else if inPattern < pattern.count, pattern[inPattern] == text[at] {
                at += 1
                inPattern += 1
            } else if let before = lastStar {
                // The star takes one byte more.
                lastStar = (before.inPattern, before.at + 1)
                (at, inPattern) = (before.at + 1, before.inPattern + 1)
            } else {
                return false
            }
        }
        return pattern[inPattern...].allSatisfy { $0 == star }
    }
}
