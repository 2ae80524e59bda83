// SPDX-License-Identifier: Apache-2.0
@testable import Cryptography
@testable import OAuth

/// The input is SPIFFE IDs and patterns, a line each.
///
/// Promises: a text that is taken has none of what an ID may not have, and is read the same again;
/// no pattern with a `*` is an ID; the index finds the client of the ID itself, or else of the
/// longest pattern that stands for it, as a plain comparison of all of them does.
enum SPIFFEIDTarget {
    static func test(_ input: [UInt8]) {
        let texts = lines(input, countMax: 64).compactMap { String(validating: $0, as: UTF8.self) }
        var (ids, patterns): ([SPIFFEID], [SPIFFEPattern]) = ([], [])
        for text in texts {
            if let id = try? SPIFFEID(text) {
                check(id)
                ids.append(id)
            }
            guard let pattern = try? SPIFFEPattern(text) else { continue }
            claim(pattern.text == text, "a pattern is as it was written")
            claim(pattern.isPrefix == text.hasSuffix("/*"), "a `*` is the last segment")
            claim(pattern.isPrefix == ((try? SPIFFEID(text)) == nil), "and no part of an ID")
            if !patterns.contains(pattern) { patterns.append(pattern) }
        }
        find(ids, patterns)
    }

    private static func check(_ id: SPIFFEID) {
        let text = id.text
        claim(text.utf8.count <= SPIFFEID.bytesMax, "an ID is not too long")
        claim(text.hasPrefix(SPIFFEID.scheme), "it begins as each")
        let rest = text.dropFirst(SPIFFEID.scheme.count)
        claim(!rest.contains { "%?#@:*[] ".contains($0) }, "it is plain")
        let parts = rest.split(separator: "/", omittingEmptySubsequences: false)
        claim(parts.count > 1 && parts[0] == id.trustDomain, "it has a trust domain and a path")
        claim(parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }, "no segment is a dot")
        claim((try? SPIFFEID(text)) == id, "it is read the same twice")
    }

    private static func find(_ ids: [SPIFFEID], _ patterns: [SPIFFEPattern]) {
        var index = SPIFFEIndex()
        for pattern in patterns { index.insert(pattern, client: Array(pattern.text.utf8)) }
        for id in ids {
            let fitting = patterns.filter { $0.matches(id) }
            let plain =
                fitting.first { !$0.isPrefix } ?? fitting.max { $0.stem.count < $1.stem.count }
            let bytes = Array(id.text.utf8)
            claim(index.client(bytes.span) == plain.map { Array($0.text.utf8) }, "the closest one")
        }
        for pattern in patterns { index.remove(pattern, of: Array(pattern.text.utf8)) }
        claim(index.isEmpty, "all can be removed")
    }
}
