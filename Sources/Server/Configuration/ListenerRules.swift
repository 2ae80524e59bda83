// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Network
internal import Reactor
internal import Serving
internal import TLS

/// From resolved keys to the listeners, with the rules that stand between their keys.
extension ConfigurationLoader {
    mutating func buildListeners() -> [ListenerSettings] {
        var listeners: [ListenerSettings] = []
        var taken: [String: String] = [:]
        for name in names().listeners {
            let addressKey = ConfigurationKey.listenerAddress.named(name)
            let certificateKey = ConfigurationKey.listenerClientCertificate.named(name)
            guard let address = address(addressKey) else {
                if !isBroken(addressKey) {
                    addFinding(addressKey.name, "is missing", allowed: addressKey.allowed)
                }
                continue
            }
            // An address that `--listen` replaces clashes with nothing.
            if !listenFlag, !address.choosesPort,
                let other = taken.updateValue(name, forKey: address.identity)
            {
                addFinding(
                    addressKey.name,
                    value: address.description,
                    "is the address of listener \(other) too"
                )
            }
            var listener = ListenerSettings(name: name, address: address)
            listener.clientCertificate = choice(certificateKey)
            listener.profile = choice(ConfigurationKey.listenerProfile.named(name))
            listener.url = text(ConfigurationKey.listenerURL.named(name))
            listener.proxies = buildProxies(name, address)
            listener.corsOrigins = buildOrigins(name)
            listener.forwarding = buildForwarding(name, address)
            listeners.append(listener)
        }
        guard listenFlag else { return listeners }
        return listeners.filter { $0.name == "main" }.map { listener in
            var listener = listener
            listener.clientCertificate = .want
            listener.corsOrigins = []
            return listener
        }
    }

    /// The load balancers whose connections begin with a PROXY protocol header.
    private mutating func buildProxies(
        _ name: String,
        _ address: ListenAddress
    ) -> [AddressBlock] {
        let key = ConfigurationKey.listenerProxies.named(name)
        let blocks = peerBlocks(key)
        // A peer over a Unix socket has the address `::`.
        let matchesLocal = blocks.contains { $0.contains(.version6(0)) }
        if address.path != nil, !blocks.isEmpty, !matchesLocal {
            warn(
                key.name,
                value: text(key) ?? "",
                "matches no connection over a Unix socket, whose peers have no address: a PROXY"
                    + " protocol header is refused there"
            )
        }
        return blocks
    }

    /// The origins whose pages may use the token endpoint.
    ///
    /// A browser shows its user's certificate only with credentials, which are not allowed; where
    /// clients have certificates, pages have no business.
    private mutating func buildOrigins(_ name: String) -> [WebOrigin] {
        let key = ConfigurationKey.listenerCORSOrigins.named(name)
        guard let text = text(key) else { return [] }
        let certificate = ConfigurationKey.listenerClientCertificate.named(name)
        let forwarded = ConfigurationKey.listenerForwardedCertificate.named(name)
        let takesCertificates = self.text(certificate) != "none" || self.text(forwarded) != "none"
        if takesCertificates, !listenFlag, !isBroken(certificate, forwarded) {
            addFinding(
                key.name,
                value: text,
                "is for listeners without client certificates",
                allowed: "only with \(certificate.name): none and without \(forwarded.name)"
            )
        }
        return (try? ValueList.origins(text)) ?? []
    }

    /// A list of addresses and blocks of them.
    mutating func blocks(_ key: ConfigurationKey) -> [AddressBlock] {
        guard let text = text(key) else { return [] }
        var blocks: [AddressBlock] = []
        for word in text.split(separator: " ") {
            if let block = AddressBlock(String(word)) {
                blocks.append(block)
            } else {
                addFinding(
                    key.name,
                    value: String(word),
                    "is no address and no block of addresses",
                    allowed: "such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32"
                )
            }
        }
        if blocks.count > ListenerSettings.proxiesMax {
            addFinding(
                key.name,
                "has \(blocks.count) entries",
                allowed: "\(ListenerSettings.proxiesMax)"
            )
        }
        return blocks
    }

    /// A list of blocks that peers are looked up in.
    ///
    /// A block of IPv6 that has the IPv4-mapped addresses in it, such as `::/0`, is all of IPv4 as
    /// well, as it was when IPv4 peers were compared in their mapped form: who is a proxy must not
    /// change with an upgrade.
    private mutating func peerBlocks(_ key: ConfigurationKey) -> [AddressBlock] {
        let blocks = blocks(key)
        guard !blocks.contains(.version4),
            let mapping = blocks.first(where: \.holdsMappedAddresses)
        else { return blocks }
        warn(
            key.name,
            value: mapping.description,
            "is every IPv4 address too: list 0.0.0.0/0 beside it to say so, or 2000::/3 in its"
                + " place for IPv6 alone"
        )
        return blocks + [.version4]
    }

    // MARK: Certificates from proxies

    private mutating func buildForwarding(
        _ name: String,
        _ address: ListenAddress
    ) -> ForwardingSettings? {
        let formatKey = ConfigurationKey.listenerForwardedCertificate.named(name)
        let others = ConfigurationKey.ofListeners.filter { $0.name.contains(".forward") }
            .map { $0.named(name) }.filter { $0 != formatKey }
        guard let format = ClientCertificateFormat(rawValue: text(formatKey) ?? "none") else {
            for key in others where text(key) != nil && !isBroken(formatKey) {
                addFinding(key.name, "means nothing without \(formatKey.name)")
            }
            return nil
        }
        let networks = peerBlocks(ConfigurationKey.listenerForwarderNetworks.named(name))
        let keys = text(ConfigurationKey.listenerForwarderKeys.named(name))
        let secret = text(ConfigurationKey.listenerForwarderSecret.named(name))
        if others.allSatisfy({ !isBroken($0) }),
            let reason = Self.reasonToRefuse(keys, networks, secret, address)
        {
            addFinding(formatKey.name, value: format.rawValue, reason)
        }
        let certificateKey = ConfigurationKey.listenerClientCertificate.named(name)
        if keys != nil, text(certificateKey) == "none" {
            addFinding(certificateKey.name, value: "none", "keeps proxies from showing their keys")
        }
        guard let reader = reader(format, name) else { return nil }
        return ForwardingSettings(
            reader: reader,
            keys: keys,
            networks: networks,
            secret: secret
        )
    }

    /// The problem with a trusted proxy's means of proving itself.
    private static func reasonToRefuse(
        _ keys: String?,
        _ networks: [AddressBlock],
        _ secret: String?,
        _ address: ListenAddress
    ) -> String? {
        guard networks.isEmpty == (secret == nil) else {
            return "needs forwarder_networks and forwarder_secret together: an address can be"
                + " anybody's, and a secret can be copied"
        }
        if address.path != nil { return nil }
        return keys != nil || secret != nil
            ? nil
            : "needs a way to know the proxy: forwarder_keys, forwarder_networks with"
                + " forwarder_secret, or a Unix socket as address"
    }

    private mutating func reader(
        _ format: ClientCertificateFormat,
        _ name: String
    ) -> ClientCertificateReader? {
        let usual = format.names
        let certificate = field(.listenerForwardedField, name, usual.certificate)
        let chain = field(.listenerForwardedChainField, name, usual.chain)
        let verification = field(.listenerForwardedVerifyField, name, usual.verification)
        guard let certificate,
            let names = ClientCertificateFieldNames(
                certificate: certificate,
                chain: chain,
                verification: verification,
                presence: usual.presence,
                revocation: usual.revocation
            ), let reader = ClientCertificateReader(format, names: names)
        else {
            let key = ConfigurationKey.listenerForwardedField.named(name)
            if !isBroken(key) {
                addFinding(key.name, "two header fields would be taken for one")
            }
            return nil
        }
        return reader
    }

    private mutating func field(
        _ template: ConfigurationKey,
        _ name: String,
        _ usual: FieldName?
    ) -> FieldName? {
        let key = template.named(name)
        guard let text = text(key) else { return usual }
        guard usual != nil else {
            addFinding(key.name, value: text, "is nothing that this format has")
            return nil
        }
        guard let field = FieldName(text) else {
            addFinding(key.name, value: text, "is no name of a header field")
            return nil
        }
        return field
    }
}
