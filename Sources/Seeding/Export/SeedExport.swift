// SPDX-License-Identifier: Apache-2.0
internal import Reactor

/// The forms in which tools that make load read the certificates of clients.
package enum SeedExportFormat: String, Sendable, CaseIterable {
    /// `ID.pem`, `ID.key` and `ca.pem` in a folder.
    case pemFolder = "pem-folder"
    /// One file of comma-separated values.
    case csv
    /// One file with a JSON object on each line.
    case jsonl
    /// `ID.p12` in a folder.
    case pkcs12
    /// One Java keystore, whose aliases are the ids.
    case jks

    /// Whether it is a folder of files, and not one file.
    package var isFolder: Bool { self == .pemFolder || self == .pkcs12 }
}

/// Writes clients of a seed for the tools that are to be them: from the manifest alone.
package struct SeedExport: Sendable {
    /// The password of keystores, which every tool is told.
    package static let password = "handfast"
    /// Keystores take a millisecond a client; fewer at a time keep the progress even.
    private static let lot = 50

    private let parameters: SeedParameters
    private let format: SeedExportFormat
    private let count: Int

    /// The first `first` clients of a seed, or all of them; throws where there are not so many.
    package init(
        _ manifest: SeedManifest,
        as format: SeedExportFormat,
        first: Int? = nil
    ) throws(SeedError) {
        parameters = manifest.parameters
        self.format = format
        count = first ?? parameters.clients
        guard (1...parameters.clients).contains(count) else {
            throw SeedError(
                "The load target has \(parameters.clients) clients; export from 1 to as many.",
                isUsage: true
            )
        }
    }

    /// Writes them to `path`, which is absent, or for a folder empty; returns how many they are.
    ///
    /// Tells on the calling thread how far it is. Where it throws, nothing of it is left.
    @discardableResult
    package func write(to path: String, progress: (SeedProgress) -> Void) throws -> Int {
        var target: any ExportTarget =
            if format.isFolder {
                try ExportFolder(path)
            } else {
                try ExportFile(path)
            }
        do {
            try write(to: &target, progress: progress)
            try target.finish()
        } catch {
            target.remove()
            guard let error = error as? SystemError else { throw error }
            throw SeedError("\(path) cannot be written: \(error.reason).")
        }
        return count
    }

    private func write(
        to target: inout any ExportTarget,
        progress: (SeedProgress) -> Void
    ) throws {
        let material = try SeedMaterial(parameters, clients: count, progress: progress)
        let encoding = SeedEncoding(format, material)
        let work = try OrderedWork(count, lot: Self.lot) {
            let maker = try SeedClientMaker(material)
            return { index in try encoding.pieces(of: maker.client(index), index) }
        }
        var frame = try SeedExportFrame(format, material, count: count)
        try target.take(frame.beginning)
        var done = 0
        while let clients = try work.next() {
            for piece in clients.joined() {
                frame.pass(piece)
                try target.take(piece)
            }
            done += clients.count
            progress(SeedProgress(.clients, done: done, of: count))
        }
        try target.take(frame.ending())
    }
}

/// A part of an export: a file of a folder, or the next bytes of one file.
struct ExportPiece: Sendable {
    /// The name in the folder; empty where there is one file.
    var name = ""
    var bytes: [UInt8]
}
