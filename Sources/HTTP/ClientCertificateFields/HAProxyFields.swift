// SPDX-License-Identifier: Apache-2.0
internal import Network

/// The fields of HAProxy: `%[ssl_c_der,base64]`, `%[ssl_c_chain_der,base64]` and `%[ssl_c_verify]`.
///
/// HAProxy's configuration manual, "Fetching samples at Layer 5": the certificate, and the chain
/// without it, in DER and here in Base64; the certificates of the chain are concatenated. The
/// result of the verification is a number of OpenSSL's, 0 for success, and 0 as well when there was
/// no certificate. A field whose sample is empty is set, and is empty.
///
/// HAProxy leaves the names to its configuration.
enum HAProxyFields {
    static let names = ClientCertificateFieldNames(
        known: "x-ssl-client-der",
        chain: "x-ssl-client-chain-der",
        verification: "x-ssl-client-verify"
    )

    static func read(
        _ values: ClientCertificateValues,
        _ bytes: Span<UInt8>
    ) throws(ClientCertificateFieldError) -> ForwardedClientCertificate? {
        var result: Int?
        if let verification = values.verification { result = try number(verification, bytes) }
        var chain: [[UInt8]] = []
        if let field = values.chain { chain = try CertificateBytes.concatenation(field, bytes) }
        guard let field = values.certificate else {
            guard chain.isEmpty else { throw .chainWithoutCertificate }
            return nil
        }
        let leaf = try CertificateBytes.base64(field, bytes)
        let word = result.map { $0 == 0 ? VerificationWord.success : .failed("result \($0)") }
        return try .joined(leaf: leaf, chain: chain, word: word, values)
    }

    private static func number(
        _ range: Range<Int>,
        _ bytes: Span<UInt8>
    ) throws(ClientCertificateFieldError) -> Int {
        var index = range.lowerBound
        // Far beyond the results that OpenSSL has.
        guard let number = InternetAddress.number(&index, range.upperBound, bytes, max: 65_535),
            index == range.upperBound
        else { throw .malformedVerification }
        return number
    }
}
