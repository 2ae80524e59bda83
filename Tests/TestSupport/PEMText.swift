// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Certificates in PEM.
package enum PEMText {
    /// A certificate's DER in PEM, with a line break at the end.
    package static func certificate(_ der: [UInt8]) -> String {
        let text = Data(der).base64EncodedString(options: [.lineLength64Characters])
        return "-----BEGIN CERTIFICATE-----\n"
            + text.replacingOccurrences(of: "\r\n", with: "\n") + "\n-----END CERTIFICATE-----\n"
    }
}
