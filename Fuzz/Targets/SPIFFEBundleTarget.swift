// SPDX-License-Identifier: Apache-2.0
@testable import Cryptography
@testable import OAuth

/// The input is a SPIFFE bundle, and behind a line feed a certificate in DER.
///
/// Promises: a bundle that is taken has CAs that verify chains, each once and no more than that, a
/// sequence that does not go below zero and a hint within its range; a certificate is an X.509-SVID
/// only with one URI, which is a SPIFFE ID, and with a key that signs no certificates.
enum SPIFFEBundleTarget {
    static func test(_ input: [UInt8]) {
        let parts = lines(input, countMax: 2)
        // A local: a span of an element that an array hands out would outlive it.
        let text = parts[0]
        if let bundle = try? SPIFFEBundle(text.span) { check(bundle, text) }
        guard parts.count == 2, let certificate = try? Certificate(der: parts[1]),
            let id = try? certificate.spiffeID()
        else { return }
        check(certificate, id)
    }

    private static func check(_ bundle: SPIFFEBundle, _ text: [UInt8]) {
        claim(text.count <= SPIFFEBundle.bytesMax, "the bundle is not too large")
        let range = 1...ChainVerifier.anchorsMax
        claim(range.contains(bundle.anchors.count), "it has CAs, and not too many")
        claim(Set(bundle.anchors).count == bundle.anchors.count, "each of them once")
        claim((try? ChainVerifier(anchors: bundle.anchors)) != nil, "they verify chains")
        claim(bundle.sequence >= 0, "its sequence counts up from 0")
        claim(SPIFFEBundle.refreshRange.contains(bundle.refreshSeconds), "its hint is in the range")
        claim((try? SPIFFEBundle(text.span)) == bundle, "it is read the same twice")
    }

    private static func check(_ certificate: Certificate, _ id: SPIFFEID) {
        let uris = certificate.extensions.subjectAlternativeNames.filter {
            switch $0 {
            case .uri, .invalid(SubjectAlternativeName.uriTag, _): true
            default: false
            }
        }
        claim(uris.count == 1 && uris.first?.description == "uri:\(id.text)", "it has one URI")
        claim((try? SPIFFEID(id.text)) == id, "which is a SPIFFE ID")
        let usage = certificate.extensions.keyUsage ?? []
        claim(!certificate.isCA && !usage.contains(.keyCertSign), "it is no CA")
        claim(usage.contains(.digitalSignature), "its key signs")
    }
}
