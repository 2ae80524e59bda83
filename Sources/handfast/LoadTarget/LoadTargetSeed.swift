// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Reactor
internal import Seeding
internal import Server
internal import Storage

extension SeedKey: ExpressibleByArgument {}
extension SeedMethod: ExpressibleByArgument {}

/// Makes a load target.
struct LoadTargetSeed: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seed",
        abstract: "Fill an empty data directory with clients that follow from a number.",
        discussion: """
            Clients are called load-000001, load-000002 and so on, and have the scope "read \
            write". With self_signed, the default, each is registered with its certificate by \
            thumbprint (self_signed_tls_client_auth); with pki, under the seed's CA by its subject \
            (tls_client_auth). Users are called user-000001 and so on; the password of each is its \
            name.

            Finding RSA keys takes time: clients of --key rsa2048 share \(RSAKeyPool.keysMax) of \
            them, and each has a certificate of its own. An RSA CA signs all certificates, since \
            its signatures are the same each time.

            The directory must be empty or absent. It is a load target when the command has ended \
            well; after an interruption, remove it.

            Example:

              handfast load-target seed --data DIR --clients 100000 --seed 7
            """
    )

    @OptionGroup var target: LoadTargetData

    @Option(help: .value("n", "How many clients, 1,000,000 at most."))
    var clients: Int

    @Option(help: .value("n", "The number that everything follows from, below 2^64."))
    var seed: UInt64

    @Option(help: .value("kind", "The keys of clients."))
    var key = SeedKey.p256

    @Option(help: .value("method", "How clients authenticate."))
    var method = SeedMethod.selfSigned

    @Option(
        help: .value("n", "How many users, 10,000 at most; clients then have the password grant.")
    )
    var users = 0

    @Option(help: .value("date", "The day from which certificates are valid, for ten years."))
    var notBefore = SeedParameters.notBeforeDefault

    func run() throws {
        let (begun, now) = (Clock.milliseconds, epochSeconds())
        let parameters = try SeedParameters(
            seed: Seed(seed),
            clients: clients,
            users: users,
            key: key,
            method: method,
            notBefore: notBefore
        )
        try parameters.requireValidity(at: now)
        try FileRights.takeOn(ownerOf: target.data)
        try Seeding.requireEmpty(target.data)
        let store = try DataStore.open(target.data, as: .command)
        for warning in store.warnings { Output.warn(warning) }
        var progress = ProgressLine()
        defer { progress.end() }
        try Seeding(parameters, in: store.directory, at: now).fill(
            store.registrations,
            by: .thisCommand
        ) { progress.show($0) }
        progress.end()
        if parameters.rsaClients > 0 {
            let keys = min(parameters.rsaClients, RSAKeyPool.keysMax)
            print("RSA keys: \(keys), for \(parameters.rsaClients) clients")
        }
        print(
            "seeded: \(target.data): \(clients) clients, \(users) users, seed \(seed),"
                + " \(key.rawValue), \(method.rawValue), \(ProgressLine.seconds(since: begun)) s"
        )
    }
}
