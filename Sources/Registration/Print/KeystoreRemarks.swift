// SPDX-License-Identifier: Apache-2.0
package import Cryptography

// Not in Cryptography: remarks have the form of registrations' warnings.
extension Keystore.Content {
    /// Remarks about the parts of the keystore `name` that could not be checked.
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
