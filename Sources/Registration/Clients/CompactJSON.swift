// SPDX-License-Identifier: Apache-2.0
internal import Text

// Not in Text, whose writers append bytes: records have this value as a text.
extension JSONValue {
    /// The value in one line without spaces, members in order of their names.
    var compactText: String {
        var out: [UInt8] = []
        JSONText.append(self, to: &out)
        return String(decoding: out, as: UTF8.self)
    }
}
