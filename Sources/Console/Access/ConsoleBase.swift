// SPDX-License-Identifier: Apache-2.0
internal import Cryptography

/// The beginning of the path of all that a session sees: a random segment.
///
/// Browsers send a cookie to every port of its host (RFC 6265 §8.5), and to the paths of its `Path`
/// alone: with this one no other program of the machine, which may listen on a port beside the
/// console's, is ever sent the session.
enum ConsoleBase {
    /// 128 bits.
    private static let randomBytes = 16

    /// The beginning that addresses have while an answer is made; empty outside of that.
    @TaskLocal static var path = ""

    /// A fresh beginning, with its slash.
    static func fresh() throws(CryptographyError) -> String {
        "/" + (try RandomBytes.base64URL(randomBytes))
    }
}
