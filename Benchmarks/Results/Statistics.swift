// SPDX-License-Identifier: Apache-2.0
/// Statistics of a handful of rounds: the middle, and how far apart they were.
enum Statistics {
    /// The middle value, or the mean of the two in the middle; nil without values.
    static func median(_ values: [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        let half = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
    }

    /// The distance between the lowest and the highest value, as a share of the median.
    ///
    /// From five values on, the lowest and the highest are left out: one disturbed round says
    /// little about the others. Zero for fewer than two values, or when the median is not positive.
    ///
    /// No confidence interval: describes these rounds, and does not predict the next ones.
    static func spread(_ values: [Double]) -> Double {
        var sorted = values.sorted()
        if sorted.count >= 5 { sorted = Array(sorted.dropFirst().dropLast()) }
        guard sorted.count >= 2, let lowest = sorted.first, let highest = sorted.last,
            let middle = median(sorted), middle > 0
        else { return 0 }
        return (highest - lowest) / middle
    }
}

/// Whether the load generator, and not the server, set the pace.
enum Bottleneck {
    /// A thread that computes so much of the time has no time left to offer more.
    static let generatorShare = 0.95
    /// A server that computes less than this has time left.
    static let serverShare = 0.9

    /// `generator` and `server` are CPU seconds per second; nil where the server's are not known.
    static func isGenerator(_ generator: Double, server: Double?) -> Bool {
        generator >= generatorShare && (server ?? 0) < serverShare
    }

    /// `waited` is the share of the time that the generator was kept from running by others.
    static func isNeighbour(waited: Double) -> Bool { waited > 0.1 }
}
