// SPDX-License-Identifier: Apache-2.0
package import Cryptography

extension Keystore.Content {
    /// What could not be checked of the keystore that is called `name`.
    package func remarks(on name: String) -> [RegistrationText] {
        var remarks: [RegistrationText] = []
        if isUnchecked {
            remarks.append(
                "without its password, nothing shows whether \(name) was changed; give it with"
                    + " \(field: .password)"
            )
        }
        if hasUnknownSeal {
            remarks.append(
                "\(name) has a MAC of a kind that cannot be checked here, so that nothing shows"
                    + " whether it was changed"
            )
        }
        if hasUntriedPassword {
            remarks.append(
                "the certificates in \(name) are under no password; the one that you gave was not"
                    + " tried"
            )
        }
        return remarks
    }
}
