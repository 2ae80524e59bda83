// SPDX-License-Identifier: Apache-2.0
/// Suggests the name that a misspelt one most likely means.
package enum NearestName {
    /// The one of `candidates` that is most like `name`; nil where none is like it.
    package static func suggestion(for name: String, among candidates: [String]) -> String? {
        guard name.utf8.count <= 100 else { return nil }
        // The right key in the wrong section comes before any misspelling.
        let leaf = name.split(separator: ".").last.map(String.init) ?? name
        let sameLeaf = candidates.filter { $0.split(separator: ".").last.map(String.init) == leaf }
        if let only = sameLeaf.first, sameLeaf.count == 1 { return only }
        // A quarter of the letters may differ: more would suggest keys of another meaning.
        let limit = max(2, name.count / 4)
        var best: (name: String, distance: Int)?
        for candidate in candidates {
            let distance = distance(Array(name.utf8), Array(candidate.utf8))
            if distance <= limit, distance < (best?.distance ?? .max) {
                best = (candidate, distance)
            }
        }
        if let best { return best.name }
        let byLeaf = candidates.filter {
            let other = $0.split(separator: ".").last.map(String.init) ?? $0
            return distance(Array(leaf.utf8), Array(other.utf8)) <= max(1, leaf.count / 4)
        }
        return byLeaf.count == 1 ? byLeaf.first : nil
    }

    /// Levenshtein's distance, with two swapped neighbours as one mistake.
    package static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        guard !left.isEmpty else { return right.count }
        guard !right.isEmpty else { return left.count }
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in 1...left.count {
            var current = [row]
            for column in 1...right.count {
                let same = left[row - 1] == right[column - 1]
                var cost = min(
                    last[column] + 1,
                    current[column - 1] + 1,
                    last[column - 1] + (same ? 0 : 1)
                )
                if row > 1, column > 1, left[row - 1] == right[column - 2],
                    left[row - 2] == right[column - 1]
                {
                    cost = min(cost, beforeLast[column - 2] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
