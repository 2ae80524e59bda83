// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Reactor
internal import Registration
internal import Text

/// The file to which the secrets of new clients are written: a JSON object in a line for each,
/// readable for its owner alone.
///
/// The lines that stand there stay; of a client's lines the last one counts. One program at a time
/// has it, until the object is gone: two that replace it at once would lose the lines of one. The
/// lock is a private file beside it, which stays: the file itself is replaced at each change, and
/// the folder can be locked by whoever reads it.
package final class SecretsFile {
    private let path: String
    private let lock: Descriptor
    /// The content before; nil where there was no file.
    private let before: [UInt8]?

    /// Some hundred thousand secrets.
    private static let bytesMax = 64 << 20
    /// The largest declarations are written within a minute.
    private static let waitMilliseconds: UInt64 = 60_000

    /// Writes the secrets of `plan` behind what the file at `path` has; throws where it cannot.
    ///
    /// Before the plan is written, so that no secret is lost; `takeBack` afterwards where that
    /// failed.
    package init(_ path: String, adding plan: ApplyPlan) throws(SecretsFileError) {
        self.path = path
        // Before the lock, so that nothing is left beside what is no file.
        _ = try Self.isThere(path)
        lock = try Self.lock(path)
        let isThere = try Self.isThere(path)
        do throws(SystemError) {
            before =
                isThere
                ? try DataFile.read(path, upTo: Self.bytesMax, followsLinks: false) : nil
        } catch {
            throw SecretsFileError("\(path) cannot be read: \(error.reason).")
        }
        var text = before ?? []
        if let last = text.last, last != UInt8(ascii: "\n") { text.append(UInt8(ascii: "\n")) }
        for secret in plan.secrets {
            let line: JSONValue = .object([
                RegistrationField.clientID.rawValue: .string(secret.clientID),
                RegistrationField.clientName.rawValue: .string(secret.name),
                RegistrationField.clientSecret.rawValue: .string(secret.secret),
            ])
            JSONText.append(line, to: &text)
            text.append(UInt8(ascii: "\n"))
        }
        try Self.write(text, to: path)
    }

    /// Leaves the file as it was: the secrets that were added are nobody's.
    package func takeBack() throws(SecretsFileError) {
        if let before {
            try Self.write(before, to: path)
        } else {
            DataFile.remove(path)
        }
    }

    /// Whether there is such a file; throws where something else has its name.
    private static func isThere(_ path: String) throws(SecretsFileError) -> Bool {
        let kind: FileKind?
        do throws(SystemError) {
            kind = try DataFile.kind(path, followsLinks: false)
        } catch {
            throw SecretsFileError("\(path) cannot be read: \(error.reason).")
        }
        guard let kind else { return false }
        guard kind == .file else {
            throw SecretsFileError("\(path) is not a file. Name another one.")
        }
        return true
    }

    private static func lock(_ path: String) throws(SecretsFileError) -> Descriptor {
        let file = path + ".lock"
        let lock: Descriptor?
        do throws(SystemError) {
            lock = try DataFile.lock(file, within: waitMilliseconds)
        } catch {
            let remedy =
                error.code == EPERM
                ? " The lock must be yours, and private: remove it if no program uses it." : ""
            throw SecretsFileError("\(file) cannot be locked: \(error.reason).\(remedy)")
        }
        guard let lock else {
            throw SecretsFileError(
                "\(path) cannot be written: another program has had \(file) for a minute. Nothing"
                    + " was written; try again."
            )
        }
        return lock
    }

    private static func write(_ text: [UInt8], to path: String) throws(SecretsFileError) {
        do throws(SystemError) {
            try DataFile.write(text, to: path, isPrivate: true)
        } catch {
            throw SecretsFileError("\(path) cannot be written: \(error.reason).")
        }
    }
}

/// Why secrets cannot be written.
package struct SecretsFileError: Error, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
