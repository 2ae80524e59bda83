// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing

/// Certificate policies and other marks of RFC 5280 along a path.
@Suite struct PathPolicyTests {
    let openssl: OpenSSLCommand

    private static let policy = "certificatePolicies=1.2.3.4\n"

    init() throws {
        openssl = try OpenSSLCommand()
        try openssl.ca("root", subject: "/CN=Root")
    }

    /// The error of a leaf under a CA, each with extensions of its own.
    private func error(
        _ forCA: String,
        _ forLeaf: String,
        root: String = "root"
    ) throws -> ChainError? {
        try openssl.ca("int", subject: "/CN=Int", parent: root, extra: forCA)
        try openssl.leaf("a", by: "int", extensions: OpenSSLCommand.forClient + forLeaf)
        return try openssl.examine("a", through: ["int"], to: [root]).error
    }

    @Test(
        arguments: [
            ("policyConstraints=critical,requireExplicitPolicy:0\n", "", false),
            ("policyConstraints=critical,requireExplicitPolicy:0\n", policy, false),
            (policy + "policyConstraints=critical,requireExplicitPolicy:0\n", "", false),
            (policy + "policyConstraints=critical,requireExplicitPolicy:0\n", policy, true),
            (
                "certificatePolicies=1.2.3.5\npolicyConstraints=critical,requireExplicitPolicy:0\n",
                policy, false
            ),
            ("policyConstraints=critical,requireExplicitPolicy:1\n", "", false),
            ("policyConstraints=critical,requireExplicitPolicy:2\n", "", true),
            ("policyConstraints=critical,inhibitPolicyMapping:0\n", "", true),
            ("policyConstraints=requireExplicitPolicy:9\n", "", false),
            ("", "policyConstraints=critical,requireExplicitPolicy:0\n", false),
            (policy, "policyConstraints=critical,requireExplicitPolicy:0\n" + policy, true),
            (policy, "", true), ("", policy, true),
        ]
    )
    func `a policy that is required must be there`(
        forCA: String,
        forLeaf: String,
        isGood: Bool
    ) throws {
        let found = try error(forCA, forLeaf)
        #expect(found?.code == (isGood ? nil : .policy))
        #expect(found?.certificate != nil || isGood)
    }

    @Test(arguments: [
        ("", true), ("inhibitAnyPolicy=critical,0\n", false),
        ("inhibitAnyPolicy=critical,1\n", true),
        ("inhibitAnyPolicy=1\n", false),
    ])
    func `any policy stands for one until that is inhibited`(extra: String, isGood: Bool) throws {
        let required = "policyConstraints=critical,requireExplicitPolicy:0\n"
        // Inhibited from the next certificate on, whose policy is any.
        let any = "certificatePolicies=anyPolicy\n"
        let found = try error(Self.policy + required + extra, any)
        #expect(found?.code == (isGood ? nil : .policy))
        #expect(try error(Self.policy + required, Self.policy) == nil)
    }

    @Test(arguments: [
        ("", true), ("policyConstraints=critical,inhibitPolicyMapping:0\n", false),
    ])
    func `a policy is mapped until that is inhibited`(constraint: String, isGood: Bool) throws {
        try openssl.ca(
            "top",
            subject: "/CN=Top",
            parent: "root",
            extra: Self.policy
                + "policyConstraints=critical,requireExplicitPolicy:0"
                + (constraint.isEmpty ? "\n" : ",inhibitPolicyMapping:0\n")
        )
        try openssl.ca(
            "int",
            subject: "/CN=Int",
            parent: "top",
            extra: "certificatePolicies=1.2.3.4\npolicyMappings=critical,1.2.3.4:1.2.3.9\n"
        )
        try openssl.leaf(
            "a",
            by: "int",
            extensions: OpenSSLCommand.forClient + "certificatePolicies=1.2.3.9\n"
        )
        let found = try openssl.examine("a", through: ["int", "top"]).error
        #expect(found?.code == (isGood ? nil : .policy))
        try openssl.leaf(
            "b",
            by: "int",
            extensions: OpenSSLCommand.forClient + "certificatePolicies=1.2.3.8\n"
        )
        #expect(try openssl.examine("b", through: ["int", "top"]).error?.code == .policy)
    }

    @Test(arguments: [(0, false), (1, false), (2, false), (3, true)])
    func `what the registered CA requires is required`(skip: Int, isGood: Bool) throws {
        try openssl.ca(
            "strict",
            subject: "/CN=Strict",
            extra: "policyConstraints=critical,requireExplicitPolicy:\(skip)\n"
        )
        #expect(try error("", "", root: "strict")?.code == (isGood ? nil : .policy))
        #expect(try error(Self.policy, Self.policy, root: "strict") == nil)
    }

    @Test func `what the registered CA inhibits is inhibited`() throws {
        let required = "policyConstraints=critical,requireExplicitPolicy:0\n"
        try openssl.ca(
            "strict",
            subject: "/CN=Strict",
            extra: required + "inhibitAnyPolicy=critical,0\n"
        )
        try openssl.ca("lax", subject: "/CN=Lax", extra: required)
        let any = "certificatePolicies=anyPolicy\n"
        #expect(try error(any, Self.policy, root: "strict")?.code == .policy)
        #expect(try error(any, Self.policy, root: "lax") == nil)
        #expect(try error(Self.policy, Self.policy, root: "strict") == nil)
    }

    @Test func `a tree of policies that grows without bound is refused in time`() throws {
        // Each level maps each of many policies to all of them (CVE-2023-0464).
        let policies = (1...24).map { "1.2.3.\($0)" }
        let mappings = policies.flatMap { a in policies.map { "\(a):\($0)" } }.joined(
            separator: ","
        )
        var parent = "root"
        for name in ["p", "q", "r"] {
            try openssl.ca(
                name,
                subject: "/CN=\(name)",
                parent: parent,
                extra: "certificatePolicies=\(policies.joined(separator: ","))\n"
                    + "policyMappings=\(mappings)\n"
                    + "policyConstraints=critical,requireExplicitPolicy:0\n"
            )
            parent = name
        }
        try openssl.leaf(
            "a",
            by: "r",
            extensions: OpenSSLCommand.forClient
                + "certificatePolicies=1.2.3.1\n"
        )
        let found = try openssl.examine("a", through: ["p", "q", "r"])
        #expect(found.error != nil)
        try openssl.leaf(
            "b",
            by: "root",
            extensions: OpenSSLCommand.forClient
                + "certificatePolicies=\(policies.joined(separator: ","))\n"
        )
        #expect(try openssl.examine("b").error == nil)
    }

    @Test(
        arguments: [
            ("authorityInfoAccess=critical,OCSP;URI:http://a.example\n", false),
            ("authorityInfoAccess=OCSP;URI:http://a.example\n", true),
            ("subjectKeyIdentifier=critical,hash\n", false), ("subjectKeyIdentifier=hash\n", true),
            ("authorityKeyIdentifier=critical,keyid:always\n", false),
            ("authorityKeyIdentifier=keyid:always\n", true),
        ]
    )
    func `what must not be critical is not`(extensions: String, isGood: Bool) throws {
        try openssl.leaf("a", by: "root", extensions: OpenSSLCommand.forClient + extensions)
        let found = try openssl.examine("a")
        #expect(found.error?.code == (isGood ? nil : .chain))
        #expect(found.refusedBy == (isGood ? nil : .path))
    }

    @Test(arguments: [(63, true), (64, false)])
    func `the number of purposes is bounded`(others: Int, isGood: Bool) throws {
        let purposes = (0..<others).map { "1.2.3.\($0)" }.joined(separator: ",")
        try openssl.leaf(
            "a",
            by: "root",
            extensions: "extendedKeyUsage=clientAuth,\(purposes)\n"
        )
        guard isGood else {
            #expect(throws: CertificateError.self) { try openssl.certificate("a") }
            return
        }
        #expect(try openssl.examine("a").error == nil)
    }

    @Test(arguments: [("critical,", true), ("", false)])
    func `names without a subject are critical`(mark: String, isGood: Bool) throws {
        try openssl.leaf(
            "a",
            by: "root",
            subject: "/",
            extensions: OpenSSLCommand.forClient + "subjectAltName=\(mark)DNS:a.example\n"
        )
        #expect(try openssl.examine("a").error?.code == (isGood ? nil : .chain))
    }
}
