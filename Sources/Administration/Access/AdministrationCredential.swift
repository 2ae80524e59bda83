// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP
package import Logging
internal import Reactor
internal import Text

/// The bearer token of administrators (RFC 6750): a file in the data directory.
///
/// The token is the only credential: no certificate, client or user stands for it. Programs that
/// can read the directory have it.
package struct AdministrationCredential: Sendable {
    /// The path of the token's file.
    let path: String

    private static let fileName = "admin.token"
    /// 256 bits.
    private static let randomBytes = 32
    /// The length of a token written by hand: shorter ones could be guessed.
    private static let characters = 32...512

    /// Makes the token of the data directory where there is none.
    ///
    /// One that others can read is tightened by `tighten`, and the log has its sentence.
    package static func ensure(
        in directory: String,
        _ log: Logger,
        tighten: (String) throws -> String?
    ) throws -> AdministrationCredential {
        let credential = AdministrationCredential(in: directory)
        // A link is something too, wherever it leads: it is refused, and not replaced.
        if try DataFile.kind(credential.path, followsLinks: false) != nil {
            _ = try credential.read()
            if let warning = try tighten(credential.path) { log.warning("\(warning)") }
        } else {
            let random = try RandomBytes.make(randomBytes)
            let token = Base64URL.encode(random.span)
            Folder.removeLeftovers(of: credential.path)
            try DataFile.write(token + [UInt8(ascii: "\n")], to: credential.path, isPrivate: true)
        }
        _ = try credential.read()
        return credential
    }

    /// Reads the token from the file.
    ///
    /// Each request reads it, so that a replaced token counts at once.
    func read() throws -> [UInt8] {
        let file = try bytes()
        let end = file.lastIndex { !" \r\n".utf8.contains($0) }
        let token = Array(file[...(end ?? -1)])
        guard Self.characters.contains(token.count), token.allSatisfy(Self.isTokenCharacter) else {
            throw AdministrationCredentialError(
                "\(path) holds no token of \(Self.characters.lowerBound) to"
                    + " \(Self.characters.upperBound) characters of Base64. Remove it, and the next"
                    + " start makes another."
            )
        }
        return token
    }

    /// A size limit of one token and a line feed; no link is followed, because others may be able
    /// to write the file that it leads to.
    private func bytes() throws -> [UInt8] {
        let limit = Self.characters.upperBound + 1
        do throws(SystemError) {
            return try DataFile.read(path, upTo: limit, followsLinks: false)
        } catch {
            guard !error.isMissing else {
                throw AdministrationCredentialError(
                    "\(path) is missing. Put it back from a backup, or start the server again,"
                        + " which makes another; or name the directory in which it is."
                )
            }
            throw AdministrationCredentialError(
                "\(path) cannot be read (\(error.reason)). It must be a file of its own, no link,"
                    + " with at most \(limit) bytes. Remove it, and the next start makes another."
            )
        }
    }

    /// Whether the request carries `token`, in one Authorization field and nowhere else.
    static func admits(_ token: [UInt8], _ request: borrowing Request, _ bytes: Span<UInt8>) -> Bool
    {
        guard let presented = presented(request, bytes) else { return false }
        return SecretComparison.equal(bytes.extracting(presented), token.span)
    }

    /// The token that the request carries in its one Authorization field; nil for any other.
    static func presented(_ request: borrowing Request, _ bytes: Span<UInt8>) -> Range<Int>? {
        guard request.authorizationCount == 1, let field = request.authorization else {
            return nil
        }
        return presented(in: field, bytes)
    }

    /// RFC 6750 §2.1: the scheme's case does not matter, the token's does.
    private static func presented(in field: Range<Int>, _ bytes: Span<UInt8>) -> Range<Int>? {
        guard let space = field.first(where: { bytes[$0] == UInt8(ascii: " ") }),
            ASCII.equalsIgnoringCase(bytes, field.lowerBound..<space, "bearer"),
            let start = (space..<field.upperBound).first(where: { bytes[$0] != bytes[space] })
        else { return nil }
        return start..<field.upperBound
    }

    /// RFC 6750 §2.1: b64token.
    private static func isTokenCharacter(_ byte: UInt8) -> Bool {
        byte.isLetterOrDigit || "-._~+/=".utf8.contains(byte)
    }
}

extension AdministrationCredential {
    /// The token of the data directory `directory`, whether it is there or not.
    init(in directory: String) {
        self.init(path: "\(directory)/\(Self.fileName)")
    }
}

/// Why the administrators' token cannot be used, in words for people.
package struct AdministrationCredentialError: Error, CustomStringConvertible {
    /// The problem and the remedy.
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
