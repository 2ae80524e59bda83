// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Registration
import Storage
import Testing

@testable import handfast

/// Findings to texts: in the words of the command line.
struct FindingTextsTests {
    /// Every flag of the commands that register something.
    private static let help = [
        ClientAdd.helpMessage(), ClientUpdate.helpMessage(), TrustSetAdd.helpMessage(),
        TrustSetUpdate.helpMessage(), UserAdd.helpMessage(), KeyRotate.helpMessage(),
        AdminTokenAdd.helpMessage(), IssuerAdd.helpMessage(), IssuerUpdate.helpMessage(),
    ].joined()

    @Test(arguments: RegistrationField.allCases)
    func `every field has a name that people can type or read`(_ field: RegistrationField) {
        let name = FlagVocabulary().name(of: field)
        #expect(!name.isEmpty)
        guard name.hasPrefix("--") else { return }
        #expect(Self.help.contains(name), "\(name)")
    }

    @Test func `two fields do not share a name`() {
        let names = RegistrationField.allCases.map { FlagVocabulary().name(of: $0) }
        #expect(Set(names).count == names.count)
    }

    private func lines(_ write: (inout ClientChange) -> Void) -> RegistrationError? {
        var change = ClientChange()
        change.name = "client"
        write(&change)
        do {
            _ = try ClientRegistration.new(change, clientID: "id", at: 0)
        } catch let error as RegistrationError {
            return error
        } catch {}
        return nil
    }

    @Test func `findings are lines with flags, and wrong arguments`() {
        let error = lines {
            $0.keysURI = "https://client.example/"
            $0.certificates = [
                CertificateRecord(
                    thumbprint: [UInt8](repeating: 1, count: 32),
                    der: [1],
                    subject: "",
                    notBefore: 0,
                    notAfter: 0,
                    createdAt: 0
                )
            ]
            $0.tokenLifetime = 0
            $0.method = "self_signed_tls_client_auth"
        }
        #expect(
            error?.lines == [
                "A client's keys come from one place (RFC 7591 §2). Give either --jwks-uri, or"
                    + " --jwks or --certificate.",
                "--token-lifetime is from 1 to 31536000 seconds.",
            ]
        )
        #expect(error?.isUsage == true)
    }

    @Test func `a method that is wanted is written with its flag`() {
        let error = lines {
            $0.method = "client_secret_basic"
            $0.keysURI = "https://client.example/"
        }
        #expect(
            error?.lines == [
                "client_secret_basic does not use keys. Leave --jwks-uri out, or choose"
                    + " --auth-method private_key_jwt or self_signed_tls_client_auth."
            ]
        )
    }

    @Test func `a content that cannot be used is not the arguments' mistake`() {
        for bytes in [[], Array("prose".utf8)] {
            #expect {
                try CertificateRegistration.client(bytes, now: 0)
            } throws: { error in
                (error as? RegistrationError)?.isUsage == false
            }
        }
        let mixed = RegistrationError([
            .unusable(.jwks, about: "a\u{7}b", "It is empty."),
            .invalid(.scope, "One.", remedy: "Two."),
        ])
        #expect(mixed.lines == ["a\\u{7}b: It is empty.", "One. Two."] && mixed.isUsage)
    }

    @Test func `what can be done is said by commands that there are`() {
        let operations: [RegistrationOperation] = [
            .showClient, .listCertificates, .setCertificates(client: "x"), .setCAs(client: "x"),
            .updateTrustSet("x"), .allowServerAuth(trustSet: "x"), .listClientsOfPublicCAs,
        ]
        for operation in operations {
            let text = FlagVocabulary().operation(operation)
            #expect(text.hasPrefix("`handfast ") && text.hasSuffix("`"))
            var command: (any ParsableCommand.Type)? = Handfast.self
            for word in text.dropFirst(10).dropLast().split(separator: " ").prefix(3) {
                let known = command?.configuration.subcommands ?? []
                guard !known.isEmpty else { break }
                command = known.first { $0.configuration.commandName ?? "" == word }
            }
            #expect(command != nil, "\(text)")
            for flag in text.split(separator: " ") where flag.hasPrefix("--") {
                #expect(Self.help.contains(flag.trimmingPrefix("`").prefix { $0 != "`" }))
            }
        }
    }

    @Test func `a choice is shown with all of its words`() {
        let help = KeyRotate.helpMessage() + ClientAdd.helpMessage(columns: 200)
        #expect(help.contains("How the text of --subject-dn is ordered: printed, go."))
        #expect(help.contains("The form of its access tokens: jwt, sealed."))
        #expect(help.contains("--token-format <format>"))
    }

    @Test func `what to do is said by commands`() {
        let client = ClientRecord(
            clientID: "id",
            name: "client",
            authenticationMethod: "private_key_jwt",
            grantTypes: ["password"],
            jwksURI: "https://client.example/",
            createdAt: 0,
            updatedAt: 0
        )
        var change = ClientChange()
        change.removedCertificates = [[UInt8](repeating: 0, count: 32)]
        #expect {
            try ClientRegistration.changed(client, by: change, at: 0)
        } throws: { error in
            let lines = (error as? RegistrationError)?.lines ?? []
            return lines.count == 1 && lines[0].contains("`handfast client update id --certificate")
        }
    }
}
