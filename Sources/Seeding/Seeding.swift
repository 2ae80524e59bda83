// SPDX-License-Identifier: Apache-2.0
internal import Reactor
package import Storage

/// Fills an empty store with everything that follows from a seed.
package struct Seeding: Sendable {
    /// Clients of one transaction, each of which waits for the disk once.
    private static let lot = 500

    private let parameters: SeedParameters
    private let directory: String
    private let now: Int64

    /// Throws where the data directory `data` has anything in it.
    package static func requireEmpty(_ data: String) throws(SeedError) {
        if case .unfinished = try SeedManifest.state(of: data) {
            throw SeedManifest.unfinished(data)
        }
        let names: [String]
        do {
            guard try DataFile.kind(data) != nil else { return }
            names = try Folder.names(in: data)
        } catch {
            throw SeedError("\(data) cannot be seeded: \(error.reason).")
        }
        guard names.isEmpty else {
            throw SeedError(
                "\(data) has files already. A load target is seeded into a directory that is"
                    + " empty or absent: name another one."
            )
        }
    }

    /// A seeding of `directory`, absolute and with an empty store in it, at `now`.
    package init(_ parameters: SeedParameters, in directory: String, at now: Int64) {
        (self.parameters, self.directory, self.now) = (parameters, directory, now)
    }

    /// Derives and writes everything; tells on the calling thread how far it is.
    ///
    /// The directory is a load target when this returns. Where it throws, or the program ends
    /// before, the directory says that it is unfinished, and no program takes it for one.
    package func fill(
        _ store: some RegistrationStore,
        by author: Author,
        progress: (SeedProgress) -> Void
    ) throws {
        try write("This seeding has not ended.\n", to: SeedManifest.unfinishedName)
        let registration = SeedRegistration(parameters, at: now)
        let material = try SeedMaterial(
            parameters,
            clients: parameters.clients,
            progress: progress
        )
        try store.write(by: author, at: now) { writer in
            for key in try registration.tokenKeys() { try writer.insert(key) }
            if parameters.method != .selfSigned {
                try writer.insert(try registration.trustSet(material.cas))
            }
        }
        try fillClients(store, material, registration, by: author, progress: progress)
        try fillUsers(store, registration, by: author, progress: progress)
        let pair = try SeedServerPair(parameters, material.cas)
        try write(pair.keyPEM, to: "server.key")
        try write(pair.certificatePEM, to: "server.pem")
        try write(SeedManifest(parameters).text, to: SeedManifest.fileName)
        DataFile.remove("\(directory)/\(SeedManifest.unfinishedName)")
    }

    private func fillClients(
        _ store: some RegistrationStore,
        _ material: SeedMaterial,
        _ registration: SeedRegistration,
        by author: Author,
        progress: (SeedProgress) -> Void
    ) throws {
        let work = try OrderedWork(parameters.clients, lot: Self.lot) {
            let maker = try SeedClientMaker(material)
            var registration = registration
            return { index in try registration.record(of: maker.client(index)) }
        }
        var done = 0
        while let records = try work.next() {
            try store.insert(records, by: author, at: now)
            done += records.count
            progress(SeedProgress(.clients, done: done, of: parameters.clients))
        }
    }

    private func fillUsers(
        _ store: some RegistrationStore,
        _ registration: SeedRegistration,
        by author: Author,
        progress: (SeedProgress) -> Void
    ) throws {
        let work = try OrderedWork(parameters.users, lot: Self.lot) {
            { index in try registration.user(index) }
        }
        var done = 0
        while let records = try work.next() {
            try store.write(by: author, at: now) { writer in
                for user in records { try writer.insert(user) }
            }
            done += records.count
            progress(SeedProgress(.users, done: done, of: parameters.users))
        }
    }

    private func write(_ text: String, to name: String) throws(SeedError) {
        do {
            try DataFile.write(Array(text.utf8), to: "\(directory)/\(name)", isPrivate: true)
        } catch {
            throw SeedError("\(directory)/\(name) cannot be written: \(error.reason).")
        }
    }
}
