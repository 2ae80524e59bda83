// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import OAuth
internal import Storage

/// Describes the steps of an authentication in words, with the checked values.
///
/// Each `switch` is without `default`: a step without words does not compile.
struct AuthenticationWords {
    let facts: AuthenticationFacts

    /// The values that a passed step checked.
    func passed(_ step: AuthenticationStep) -> String {
        switch step {
        case .client: "it is registered"
        case .enabled: "the client is enabled"
        case .method: passedMethod
        case .credential: "it has proven its identity"
        case .registered: "it is registered"
        case .validity: facts.leaf.validityText
        case .bundle: bundle
        case .svid: "it is one: \(spiffeID ?? "")"
        case .subject: compared
        case .chain(.purpose): facts.serverAuth?.accepted ?? facts.chain?.passed(.purpose) ?? ""
        case .chain(let check): facts.chain?.passed(check) ?? ""
        }
    }

    /// The error that a failed step found.
    func failed(_ step: AuthenticationStep) -> String {
        switch step {
        case .client:
            facts.reasonUnusable.map { "its registration cannot be used: \($0)" }
                ?? "no client is called \(facts.name)"
        case .enabled: "the client is disabled"
        case .method:
            "\(facts.method?.rawValue ?? "none"): a certificate does not authenticate this client"
        case .credential: "it has not proven its identity"
        case .registered: notRegistered
        case .validity:
            facts.leaf.validityText
                + (facts.now < facts.leaf.notBefore
                    ? ": it is not valid yet" : ": it has expired")
        case .bundle: bundle
        case .svid: noSVID
        case .subject:
            if facts.client?.trust == nil {
                "the client has no subject"
            } else if facts.verifier == nil {
                "the client's trust set cannot be used"
            } else {
                compared
            }
        case .chain: facts.chain?.error ?? ""
        }
    }

    private var passedMethod: String {
        switch facts.method {
        case .selfSignedTLS: "self_signed_tls_client_auth: exactly the registered certificates"
        case .tls:
            "tls_client_auth: a subject under "
                + (facts.trustSet.map { "a CA of the trust set \($0.name)" } ?? "a registered CA")
        case .spiffeX509:
            "spiffe_x509: a SPIFFE ID under the bundle of the trust set"
                + " \(facts.trustSet?.name ?? "")"
        case .secretBasic, .secretPost, .privateKeyJWT, .secretJWT, .publicClient, nil:
            facts.method?.rawValue ?? ""
        }
    }

    private var notRegistered: String {
        let known =
            facts.client?.certificates.map(\.thumbprint.base64URL).joined(separator: ", ") ?? ""
        let how = facts.record?.jwksURI.map { "fetched from \($0)" } ?? "registered"
        return known.isEmpty ? "none is \(how)" : "it is not; \(how): \(known)"
    }

    /// The state of the trust domain's bundle.
    private var bundle: String {
        guard let spiffe = facts.trustSet?.spiffe else {
            return "the client has no trust set with a SPIFFE bundle"
        }
        guard facts.client?.trust?.pattern?.trustDomain == spiffe.trustDomain else {
            return "the trust set is for the trust domain \(spiffe.trustDomain)"
        }
        guard spiffe.checkedAt > 0, facts.verifier != nil else {
            return "the server has not read \(spiffe.source) yet"
        }
        let age = facts.now - spiffe.checkedAt
        return "sequence \(spiffe.sequence), looked at \(age) s ago; it counts for"
            + " \(spiffe.maxStaleness) s"
    }

    private var spiffeID: String? { (try? facts.leaf.spiffeID())?.text }

    private var noSVID: String {
        do throws(SVIDError) {
            return "its SPIFFE ID is \(try facts.leaf.spiffeID().text)"
        } catch {
            return error.description
        }
    }

    private var compared: String {
        if let pattern = facts.client?.trust?.pattern {
            return "registered spiffe_id: \(pattern.text); the certificate: \(spiffeID ?? "none")"
        }
        guard let subject = facts.client?.trust?.subject else { return "" }
        let names = subject.candidates(in: facts.leaf).joined(separator: "; ")
        return "registered \(subject.kind.rawValue): \(subject.canonical); "
            + (names.isEmpty ? "the certificate has none" : "the certificate: \(names)")
    }
}
