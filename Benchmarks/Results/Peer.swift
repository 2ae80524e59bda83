// SPDX-License-Identifier: Apache-2.0
/// The servers that stand beside the measured one: the same mutual TLS and a fixed page.
enum Peer: String, CaseIterable, Sendable {
    /// OpenSSL.
    case nginx
    /// rustls.
    case granian

    var title: String {
        switch self {
        case .nginx: "nginx (OpenSSL)"
        case .granian: "granian (rustls)"
        }
    }
}

extension RowKey {
    var isPeer: Bool { Peer(rawValue: server) != nil }

    /// The row of a peer that did the same work: its page stands for every token format.
    func on(_ peer: Peer) -> RowKey {
        var key = self
        key.server = peer.rawValue
        key.token = ""
        return key
    }
}
