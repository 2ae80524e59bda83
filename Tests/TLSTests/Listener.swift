// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Glibc

@testable import TLS

extension ServerIdentity {
    /// One that is valid now.
    static func generate(days: Int) throws(CryptographyError) -> ServerIdentity {
        try generate(days: days, now: Int64(time(nil)))
    }
}

/// Contexts for tests, as reactors of one listener would make them.
enum Listener {
    /// P-256 and self-signed; made once.
    static let identity = Result { try ServerIdentity.generate(days: 1) }

    static func context(
        _ mode: ClientCertificateMode = .want,
        resumption: ResumptionMode = .off,
        keys: TicketKeys? = nil,
        lifetime: Int = 3600,
        name: String = "listener",
        versions: ClosedRange<TLSVersion> = TLSVersion.all,
        groups: [TLSGroup] = TLSGroup.known,
        identities: [ServerIdentity]? = nil,
        named: [NamedIdentities] = [],
        ciphers: CipherPolicy = .recommended
    ) throws -> TLSContext {
        let configuration = TLSConfiguration(
            identities: try identities ?? [identity.get()],
            named: named,
            ciphers: ciphers,
            clientCertificate: mode,
            versions: versions,
            groups: groups,
            resumption: resumption,
            sessionLifetime: lifetime,
            sessionContext: Digest256.of(Array(name.utf8))
        )
        let context = try TLSContext(configuration, outbox: Outbox())
        if let keys { context.use(keys) }
        return context
    }

    /// A context whose sessions are in tickets under `keys`.
    static func tickets(
        _ keys: TicketKeys,
        lifetime: Int = 3600,
        name: String = "listener"
    ) throws -> TLSContext {
        try context(resumption: .tickets, keys: keys, lifetime: lifetime, name: name)
    }

    /// A context whose sessions are in `store`.
    static func store(
        _ store: SessionStore,
        lifetime: Int = 3600,
        name: String = "listener"
    ) throws -> TLSContext {
        try context(resumption: .store(store), lifetime: lifetime, name: name)
    }
}

/// A completed connection of a client to `context`.
func connected(
    _ context: TLSContext,
    _ identity: ClientIdentity? = nil,
    version: Version? = nil,
    session: ClientSession? = nil
) throws -> Line {
    let line = try Line(context, try Client(identity, version: version, session: session))
    try line.connect()
    return line
}
