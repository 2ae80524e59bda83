// SPDX-License-Identifier: Apache-2.0
package import Cryptography

extension Keystore.Content {
    /// What could not be checked of the keystore that is called `name`.
    package func remarks(on name: String) -> [RegistrationText] {
        var remarks: [RegistrationText] = []
        if isUnchecked {
            remarks.append(
                "\(name) was not checked against changes, which takes its password; give it with"
                    + " \(field: .password)"
            )
        }
        if hasUnknownSeal {
            remarks.append(
                "\(name) has a MAC of a kind that is not supported, and was not checked against"
                    + " changes"
            )
        }
        if hasUntriedPassword {
            remarks.append(
                "the certificates in \(name) are not encrypted, and the password was not used"
            )
        }
        return remarks
    }
}
