// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import OAuth

/// Errors for a content that cannot be read as a form.
///
/// The texts name the cause, for the author of the client. Those about the encoding share one check
/// in the log.
///
/// Not in OAuth, which is given forms and sees no content.
extension OAuthError {
    /// A content coding; the status that goes with it is 415 (RFC 9110 §15.5.16).
    static let contentCoding = invalidRequest(
        "the content must not be compressed: send it without Content-Encoding",
        check: .contentCoding
    )

    /// The refusal of a form.
    static func form(_ error: FormError) -> OAuthError {
        func encoding(_ description: StaticString) -> OAuthError {
            invalidRequest(description, check: .formEncoding)
        }
        return switch error {
        case .lineBreakAtEnd: encoding("the form ends in a line break: send it without one")
        case .controlCharacter:
            encoding("the form contains a line break or another control character")
        case .percentSign: encoding("a percent sign must have two hexadecimal digits behind it")
        case .invalidUTF8: encoding("the form is not UTF-8")
        case .byteOrderMark: encoding("the form begins with a byte order mark: send it without one")
        case .compressed: encoding("the content must not be compressed")
        case .duplicate: invalidRequest("a parameter is repeated", check: .formDuplicate)
        case .tooMany: invalidRequest("there are too many parameters", check: .formSize)
        }
    }
}
