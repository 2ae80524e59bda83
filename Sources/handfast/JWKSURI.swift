internal import Foundation

/// What a URI must be so that the server may fetch a client's keys from it.
enum JWKSURI {
    static let bytesMax = 2_048

    /// Why `text` is refused, in sentences; nil if it is not.
    ///
    /// RFC 7591 §2 wants https for `jwks_uri`; other `schemes` are for what is signed itself.
    static func refusal(_ text: String, schemes: [String] = ["https"]) -> String? {
        guard text.utf8.count <= bytesMax else { return "It has more than \(bytesMax) characters." }
        // Quotation marks and backslashes are read differently by different programs.
        guard text.utf8.allSatisfy({ 0x21...0x7e ~= $0 && $0 != 0x22 && $0 != 0x5c }) else {
            return "It has characters that do not belong into a URI. Write them with a percent"
                + " sign and their number."
        }
        guard !text.contains("#") else {
            return "It has a fragment. Leave out everything from the # on."
        }
        guard let parts = URLComponents(string: text, encodingInvalidCharacters: false),
            let scheme = parts.scheme?.lowercased(), schemes.contains(scheme)
        else {
            return "It is not an absolute URI that begins with "
                + schemes.map { "\($0)://" }.joined(separator: " or ") + "."
        }
        guard parts.user == nil, parts.password == nil else {
            return "It has a user's name or password, which would be shown to all who may read"
                + " the registration. Leave it out."
        }
        guard let host = parts.host, !host.isEmpty, 1...65_535 ~= parts.port ?? 443 else {
            return "It names no host, or a port that does not exist."
        }
        return nil
    }
}
