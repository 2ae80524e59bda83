// SPDX-License-Identifier: Apache-2.0
internal import Reactor
internal import Text

/// The file that makes a data directory a seeded load target, and has all that it follows from.
///
/// Written last: a directory without it was not seeded to its end.
package struct SeedManifest: Sendable, Equatable {
    /// The version of the derivation; another one gives other keys and certificates.
    package static let version = 1
    /// The name of the file in the data directory.
    package static let fileName = "load-target.json"
    /// The name of the file that stands there while a seeding is under way.
    static let unfinishedName = "load-target.unfinished"

    package let parameters: SeedParameters

    package init(_ parameters: SeedParameters) {
        self.parameters = parameters
    }

    /// How a data directory stands to seeding.
    package enum State: Sendable, Equatable {
        /// A directory of no load target, or none at all.
        case none
        /// A seeding has begun in it and has not ended, or was interrupted.
        case unfinished
        /// A seeded load target.
        case seeded(SeedManifest)
    }

    /// How the data directory `data` stands; throws where its manifest cannot be understood.
    package static func state(of data: String) throws(SeedError) -> State {
        let path = "\(data)/\(fileName)"
        if try isThere(unfinishedName, in: data) { return .unfinished }
        guard try isThere(fileName, in: data) else { return .none }
        let bytes: [UInt8]
        do {
            bytes = try DataFile.read(path)
        } catch {
            throw SeedError("\(path) cannot be read: \(error.reason).")
        }
        return .seeded(try SeedManifest(bytes, path: path))
    }

    /// Whether a file is there, a link to nothing included; throws where that cannot be found out,
    /// and whose the directory is then.
    private static func isThere(_ name: String, in data: String) throws(SeedError) -> Bool {
        do throws(SystemError) {
            return try DataFile.kind("\(data)/\(name)", followsLinks: false) != nil
        } catch {
            let owner = DataFile.otherOwner(of: data)
            let whose = owner.map { " and belongs to another user (\($0))" } ?? ""
            throw SeedError(
                "The data directory \(data) cannot be looked into\(whose): \(error.reason). Run"
                    + " this as its owner, or name another directory."
            )
        }
    }

    /// The manifest of `data`; throws where it is no seeded load target.
    package init(of data: String) throws(SeedError) {
        switch try Self.state(of: data) {
        case .seeded(let manifest): self = manifest
        case .unfinished: throw Self.unfinished(data)
        case .none:
            throw SeedError(
                "\(data) is no load target: \(Self.fileName) is not in it. `handfast load-target"
                    + " seed` makes one."
            )
        }
    }

    /// Throws where `data` is a load target, also an unfinished one.
    ///
    /// Its keys are no secret, and must not come to stand for a server's. `remedy` ends the error's
    /// text.
    package static func refuse(_ data: String, remedy: String) throws(SeedError) {
        guard try state(of: data) != .none else { return }
        throw SeedError("\(data) is a load target, whose keys follow from a public seed. \(remedy)")
    }

    /// The error about a directory in which a seeding has not ended.
    static func unfinished(_ data: String) -> SeedError {
        SeedError(
            "The seeding of \(data) has not ended, or was interrupted. If none is under way,"
                + " remove the directory and seed again."
        )
    }

    private init(_ bytes: [UInt8], path: String) throws(SeedError) {
        func number(_ value: JSONValue?) -> Int? {
            if case .integer(let number)? = value { Int(exactly: number) } else { nil }
        }
        guard let document = JSONValue(bytes.span), let version = number(document["version"]) else {
            throw Self.damaged(path)
        }
        guard version == Self.version else {
            throw SeedError(
                "\(path) is of version \(version) of the derivation, and this program has version"
                    + " \(Self.version). Use the program that has seeded it, or seed again."
            )
        }
        guard let seed = document["seed"]?.text.flatMap({ UInt64($0) }),
            let clients = number(document["clients"]), let users = number(document["users"]),
            let key = document["key"]?.text.flatMap(SeedKey.init(rawValue:)),
            let method = document["method"]?.text.flatMap(SeedMethod.init(rawValue:)),
            let notBefore = document["not_before"]?.text,
            let parameters = try? SeedParameters(
                seed: Seed(seed),
                clients: clients,
                users: users,
                key: key,
                method: method,
                notBefore: notBefore
            )
        else { throw Self.damaged(path) }
        self.parameters = parameters
    }

    private static func damaged(_ path: String) -> SeedError {
        SeedError("\(path) is damaged. Seed again, into another directory.")
    }

    /// The content of the file.
    ///
    /// The seed is a string: numbers of JSON are exact below 2^53 only, in many programs.
    var text: String {
        JSONValue.object([
            "version": .integer(Int64(Self.version)),
            "seed": .string("\(parameters.seed.number)"),
            "clients": .integer(Int64(parameters.clients)),
            "users": .integer(Int64(parameters.users)),
            "key": .string(parameters.key.rawValue),
            "method": .string(parameters.method.rawValue),
            "not_before": .string(parameters.notBeforeDay),
        ]).indentedText + "\n"
    }
}
