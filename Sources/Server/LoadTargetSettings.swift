// SPDX-License-Identifier: Apache-2.0
internal import Reactor
internal import Seeding
internal import Serving

/// The options of a load target: a server whose clients and keys follow from a public seed.
public struct LoadTargetSettings: Sendable, Equatable {
    /// Whether it may listen on addresses that other machines reach.
    public var listensBeyondLoopback: Bool
    /// Whether `jti` of JWTs follows from the seed, the client and the number of its call.
    public var hasDeterministicIdentifiers: Bool
    /// The path of a YAML list of rules for faults; nil for none at the start.
    public var faults: String?

    /// Takes the options.
    public init(
        listensBeyondLoopback: Bool = false,
        hasDeterministicIdentifiers: Bool = false,
        faults: String? = nil
    ) {
        self.listensBeyondLoopback = listensBeyondLoopback
        self.hasDeterministicIdentifiers = hasDeterministicIdentifiers
        self.faults = faults
    }
}

/// The rules that keep load targets and servers apart: everybody can make a load target's keys.
enum LoadTargetRules {
    /// The seed of the load target `target`, nil for another server; throws where `configuration`
    /// is not for the kind of server that starts.
    @discardableResult
    static func check(
        _ configuration: ServerConfiguration,
        _ target: LoadTargetSettings?
    ) throws -> Seed? {
        let data = configuration.dataDirectory
        guard let target else {
            try SeedManifest.refuse(
                data,
                remedy: "Serve it with handfast load-target serve, or choose another --data."
            )
            return nil
        }
        guard configuration.sharedStore == nil else {
            throw StartError(
                "\(ConfigurationKey.storeURL.name): a load target's store is its own directory,"
                    + " never one that servers share."
            )
        }
        let manifest = try SeedManifest(of: data)
        try check(configuration.issuer, of: "issuer")
        for listener in configuration.listeners {
            guard let url = listener.url else { continue }
            try check(url, of: "listeners.\(listener.name).url")
        }
        if !target.listensBeyondLoopback { try checkListeners(configuration.listeners) }
        return manifest.parameters.seed
    }

    private static func check(_ url: String, of key: String) throws(StartError) {
        guard !isForTests(host(of: url)) else { return }
        throw StartError(
            "\(key): \"\(url)\" could be taken for a real one. A load target's host is localhost"
                + " or another loopback address, or ends in .localhost, .test or .invalid."
        )
    }

    /// The host of an https URL, without brackets and port, in lower case.
    private static func host(of url: String) -> String {
        let rest = url.lowercased().drop { $0 != ":" }.dropFirst(3)
        let authority = rest.prefix { $0 != "/" }
        if authority.first == "[" { return String(authority.dropFirst().prefix { $0 != "]" }) }
        return String(authority.prefix { $0 != ":" })
    }

    /// Names that never lead to a real server (RFC 6761 §6.2 to §6.4), and loopback addresses.
    static func isForTests(_ host: String) -> Bool {
        ListenAddress(host: host, port: 0).isLoopback
            || [".localhost", ".test", ".invalid"].contains { host.hasSuffix($0) }
    }

    private static func checkListeners(_ listeners: [ListenerSettings]) throws(StartError) {
        let beyond = listeners.first { $0.address.path == nil && !$0.address.isLoopback }
        guard let beyond else { return }
        throw StartError(
            "listeners.\(beyond.name).address: other machines reach \(beyond.address), and the"
                + " keys of a load target follow from a public seed. Choose a loopback address, or"
                + " give --listen-beyond-loopback."
        )
    }
}
