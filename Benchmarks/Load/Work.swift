// SPDX-License-Identifier: Apache-2.0
/// The kind of one operation: a handshake of some kind, then one request.
enum Work: String, Codable, CaseIterable, Sendable {
    case full
    case resumed
    case keptAlive = "keepalive"

    /// Its place in tables that hold one entry for each kind.
    var index: Int {
        switch self {
        case .full: 0
        case .resumed: 1
        case .keptAlive: 2
        }
    }

    var title: String {
        switch self {
        case .full: "full handshake + token"
        case .resumed: "resumed handshake + token"
        case .keptAlive: "kept alive, token"
        }
    }
}

/// Which kinds of work come in which share, interleaved evenly and the same way in each run.
struct Mix: Codable, Equatable, Sendable {
    private let weights: [Int]
    private var credits: [Int]

    /// One kind of work only.
    init(only work: Work) {
        self.init(weights: Work.allCases.map { $0 == work ? 1 : 0 })
    }

    /// Parses `full:resumed:keepalive`, as in `5:15:80`; nil when it is not three shares with a
    /// positive sum.
    init?(text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 3 else { return nil }
        var weights: [Int] = []
        for part in parts {
            guard let part, part >= 0, part <= 1_000_000 else { return nil }
            weights.append(part)
        }
        guard weights.contains(where: { $0 > 0 }) else { return nil }
        self.init(weights: weights)
    }

    private init(weights: [Int]) {
        self.weights = weights
        credits = weights.map { _ in 0 }
    }

    /// The kinds that occur.
    var kinds: [Work] {
        Work.allCases.filter { weights[$0.index] > 0 }
    }

    /// The kind of the next operation.
    mutating func next() -> Work {
        var chosen = 0
        var total = 0
        for place in weights.indices {
            credits[place] += weights[place]
            total += weights[place]
            if credits[place] > credits[chosen] { chosen = place }
        }
        credits[chosen] -= total
        return Work.allCases[chosen]
    }
}
