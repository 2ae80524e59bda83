// SPDX-License-Identifier: Apache-2.0
internal import CCurl
internal import COpenSSL
internal import Glibc
internal import Network

extension FetchError {
    /// The error of a transfer; nil where it brought a body.
    init?(_ fetched: handfast_fetched) {
        // SAFETY: reads numbers, and texts that C has ended with NUL and that live until the
        // transfer is freed; OpenSSL's and libc's texts are static.
        let status = unsafe fetched.status
        switch unsafe fetched.code {
        case CURLE_OK where status == 200:
            return nil
        case CURLE_OK, CURLE_HTTP_RETURNED_ERROR:
            self.init(.status, "the status is \(status), not 200")
        case CURLE_FILESIZE_EXCEEDED where status >= 400:
            self.init(.status, "the status is \(status), not 200")
        case CURLE_FILESIZE_EXCEEDED:
            self.init(.tooLarge, "the body is larger than it may be")
        case CURLE_WRITE_ERROR, CURLE_ABORTED_BY_CALLBACK:
            unsafe self.init(ended: fetched)
        case CURLE_OPERATION_TIMEDOUT:
            self.init(.timeout, "it took too long")
        case CURLE_TOO_MANY_REDIRECTS:
            self.init(.redirects, "there are more redirects than are followed")
        case CURLE_URL_MALFORMAT:
            self.init(.url, "the URL, or that of a redirect, is malformed")
        case CURLE_LOGIN_DENIED:
            self.init(.url, "the URL of a redirect has user information")
        case CURLE_UNSUPPORTED_PROTOCOL where unsafe fetched.speaksAnotherHTTP:
            self.init(.other, "the answer is not HTTP/1.0 or HTTP/1.1")
        case CURLE_UNSUPPORTED_PROTOCOL:
            self.init(.scheme, "a redirect leads to a scheme that is not allowed")
        case CURLE_COULDNT_RESOLVE_HOST:
            self.init(.resolve, "the host's name has no address, or no name server answers")
        case CURLE_COULDNT_CONNECT:
            unsafe self.init(unconnected: fetched)
        case CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_GOT_NOTHING:
            self.init(.other, "the answer could not be read to its end")
        default:
            unsafe self.init(secured: fetched)
        }
    }

    /// An error of a transfer that Handfast's own limits ended.
    private init(ended fetched: handfast_fetched) {
        // SAFETY: reads numbers.
        if unsafe fetched.too_large != 0 {
            self.init(.tooLarge, "the body is larger than it may be")
        } else if unsafe fetched.status != 200 {
            self.init(.status, unsafe "the status is \(fetched.status), not 200")
        } else {
            self.init(.other, "there is no memory for the body")
        }
    }

    private init(unconnected fetched: handfast_fetched) {
        // SAFETY: `refused` has 16 bytes, of which `refused_count` are said to be good; strerror's
        // text for a number that exists is static.
        let count = unsafe Int(fetched.refused_count)
        let octets = unsafe withUnsafeBytes(of: fetched.refused) {
            unsafe [UInt8]($0.prefix(count))
        }
        if let address = InternetAddress(octets: octets) {
            self.init(.address, "the address \(address.unmapped) is not allowed")
            return
        }
        let number = unsafe Int32(truncatingIfNeeded: fetched.system_error)
        let text = unsafe number == 0 ? nil : strerror(number).map { unsafe String(cString: $0) }
        self.init(.connect, text ?? "no address of the host accepts connections")
    }

    /// Errors of TLS, and all that remain.
    private init(secured fetched: handfast_fetched) {
        // SAFETY: libcurl's and OpenSSL's texts are static; `said` is ended with NUL by libcurl.
        let code = unsafe fetched.code
        let meaning = unsafe fetched.meaning.map { unsafe String(cString: $0) } ?? "unknown"
        switch code {
        case CURLE_PEER_FAILED_VERIFICATION:
            // libcurl compares names before it asks OpenSSL for the result of the chain, which then
            // still is the initial one.
            let verification = unsafe Int32(truncatingIfNeeded: fetched.verification)
            let text = unsafe X509_verify_cert_error_string(Int(verification))
                .map { unsafe String(cString: $0) }
            self.init(
                .tls,
                verification == X509_V_OK || verification == X509_V_ERR_UNSPECIFIED
                    ? "the server's certificate is for another name"
                    : "the server's certificate: \(text ?? "error \(verification)")"
            )
        case CURLE_SSL_CONNECT_ERROR:
            let said = unsafe fetched.text
            self.init(.tls, said.isEmpty ? "the handshake failed" : said)
        case CURLE_SSL_CACERT_BADFILE:
            self.init(.tls, "the file of CAs cannot be read")
        case CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR,
            CURLE_SSL_ENGINE_INITFAILED:
            self.init(.tls, meaning)
        default:
            self.init(.other, meaning)
        }
    }
}

extension handfast_fetched {
    /// libcurl's text.
    fileprivate var text: String {
        // SAFETY: within the array; libcurl ends its text with NUL.
        unsafe withUnsafeBytes(of: said) {
            unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    /// Whether the answer was not HTTP/1.0 or 1.1.
    ///
    /// libcurl has one code for that and for a scheme that it must not speak; texts tell them
    /// apart.
    fileprivate var speaksAnotherHTTP: Bool {
        let text = unsafe text
        return ["Received HTTP/", "Unsupported HTTP ", "Unsupported response "]
            .contains(where: text.hasPrefix)
    }
}
