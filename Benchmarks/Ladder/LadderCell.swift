// SPDX-License-Identifier: Apache-2.0
/// How much the ladder measures.
struct LadderScale: Equatable, Sendable {
    var rounds: Int
    /// Seconds of one round, and before it.
    var duration: Double
    var warmUp: Double
    /// Seconds that the load runs may take together; what the rounds leave goes to the noisiest
    /// rows.
    var budget: Double
    /// Connections whose memory is counted.
    var idleConnections: Int
    /// Connections that refresh, each with a grant of its own.
    var refreshing: Int
    /// Every format with every kind of work; else only where it says something new.
    var everyFormat: Bool
    var kinds: [KeyKind] = KeyKind.allCases

    /// About a minute and a half.
    static let quick = LadderScale(
        rounds: 3,
        duration: 0.4,
        warmUp: 0.15,
        budget: 68,
        idleConnections: 3_000,
        refreshing: 128,
        everyFormat: false
    )
    /// Long rounds, for figures that are published.
    static let thorough = LadderScale(
        rounds: 5,
        duration: 2,
        warmUp: 0.5,
        budget: 900,
        idleConnections: 3_000,
        refreshing: 512,
        everyFormat: true
    )
    /// Whether everything works at all; the figures mean little.
    static let smoke = LadderScale(
        rounds: 1,
        duration: 0.1,
        warmUp: 0.05,
        budget: 0,
        idleConnections: 200,
        refreshing: 8,
        everyFormat: false,
        kinds: [.rsa]
    )
}

/// One row of the ladder: what is done, by whom, over which protocol, for which token.
struct LadderCell: Equatable, Sendable {
    let work: Work
    let kind: KeyKind
    let version: TLSVersion
    let format: TokenFormat
    /// The key exchange of the handshake; another than X25519 is part of the row's name.
    var group = KeyExchangeGroup.x25519

    func key(server: String) -> RowKey {
        RowKey(
            server: server,
            work: group == .x25519 ? work.rawValue : "\(work.title), \(group.rawValue)",
            client: kind.rawValue,
            version: version.rawValue,
            token: Peer(rawValue: server) == nil ? format.rawValue : ""
        )
    }

    /// The rows in the order of the table.
    static func all(
        _ scale: LadderScale,
        formats: [TokenFormat],
        versions: [TLSVersion]
    ) -> [LadderCell] {
        var cells: [LadderCell] = []
        for work in Work.allCases {
            for version in versions.reversed() {
                for kind in scale.kinds {
                    for format in formats
                    where isMeasured(work, kind, version, format, scale, versions) {
                        cells.append(
                            LadderCell(work: work, kind: kind, version: version, format: format)
                        )
                    }
                }
            }
        }
        return cells + hybrid(scale, versions)
    }

    /// Full handshakes with the hybrid group, where this OpenSSL has it.
    private static func hybrid(_ scale: LadderScale, _ versions: [TLSVersion]) -> [LadderCell] {
        guard KeyExchangeGroup.hybrid.isThere, versions.contains(.v13) else { return [] }
        return scale.kinds.filter { $0 != .ed25519 }.map { kind in
            LadderCell(work: .full, kind: kind, version: .v13, format: .jwt, group: .hybrid)
        }
    }

    // After the handshake the token's format is all that differs, so one kind of client shows it.
    private static func isMeasured(
        _ work: Work,
        _ kind: KeyKind,
        _ version: TLSVersion,
        _ format: TokenFormat,
        _ scale: LadderScale,
        _ versions: [TLSVersion]
    ) -> Bool {
        format == .jwt || scale.everyFormat
            || (work == .keptAlive && kind == .rsa && version == versions.last)
    }
}
