// SPDX-License-Identifier: Apache-2.0
extension DistinguishedName {
    /// The attributes that Go's `pkix.Name.String` can print, in the order of `openssl req`.
    private static let requestOrder: [ASN1ObjectIdentifier] = [
        .x520(6), .x520(8), .x520(7), .x520(10), .x520(11), .x520(3), .pkcs9(1),
    ]

    /// Reads what Go printed for a name that `openssl req` made.
    ///
    /// Go sorts attributes by type, so that its text does not tell how they stand in the
    /// certificate; this puts country, state, locality, organization, units, common name and
    /// mailbox in OpenSSL's order. A name with others is refused, for their place is anybody's
    /// guess. Names that Go made stand as Go prints them, and need none of this.
    public init(parsingGo text: String) throws(DistinguishedNameError) {
        let printed = try DistinguishedName(parsing: text)
        // Go joins the values of one type by a plus, however they stand in the certificate.
        let attributes = printed.relativeNames.flatMap(\.attributes)
        for attribute in attributes where !Self.requestOrder.contains(attribute.type) {
            throw DistinguishedNameError(
                "Where \(AttributeType.keyword(attribute.type) ?? attribute.type.dotted) stands in "
                    + "the certificate does not show in Go's order. Give the subject as `handfast "
                    + "certificate inspect` shows it, without --subject-order."
            )
        }
        self.init(
            Self.requestOrder.flatMap { type in
                attributes.filter { $0.type == type }.map { RelativeName(attributes: [$0]) }
            }
        )
    }
}
