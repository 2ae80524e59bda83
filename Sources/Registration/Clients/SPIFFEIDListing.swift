// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
package import Storage
internal import Text

/// The SPIFFE IDs that a client of `spiffe_x509` was used with: its certificates change every few
/// minutes, and their IDs do not.
enum SPIFFEIDListing {
    /// IDs in a list, the last used first.
    static let limit = 1_000

    private static let columns = TextColumns([
        ("FIRST SEEN", 20), ("LAST SEEN", 20), ("SPIFFE ID", 0),
    ])

    /// The list of `uses`.
    static func presentation(of uses: [SPIFFEIDUse]) -> Presentation {
        Presentation(
            lines: [columns.heading]
                + uses.map { use in
                    columns.line([
                        CertificateTime.text(use.firstSeen), CertificateTime.text(use.lastSeen),
                        use.spiffeID,
                    ])
                },
            value: .object([
                "keys": .array([]),
                "spiffe_ids": .array(
                    uses.map { use in
                        .object([
                            "spiffe_id": .string(use.spiffeID),
                            "first_seen": .string(CertificateTime.text(use.firstSeen)),
                            "last_seen": .string(CertificateTime.text(use.lastSeen)),
                        ])
                    }
                ),
            ])
        )
    }
}
