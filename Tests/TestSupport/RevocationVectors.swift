// SPDX-License-Identifier: Apache-2.0
internal import Text

/// CA certificates and their revocation lists, made by openssl on 2026-11-30 for ten years.
package enum RevocationVectors {
    /// A CA, that signs lists too.
    package static let root = der(
        """
        MIIBqTCCAU+gAwIBAgIUSzAvXhRRyUHn1uhVyJiPMNiLiB4wCgYIKoZIzj0EAwIwIjERMA8GA1UECgwISGFuZGZh \
        c3QxDTALBgNVBAMMBFJvb3QwHhcNMjYxMTMwMDIyNjUzWhcNMzYxMTI3MDIyNjUzWjAiMREwDwYDVQQKDAhIYW5k \
        ZmFzdDENMAsGA1UEAwwEUm9vdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABAmZlht4+ucBPnYbCqdETnhNzJ+p \
        3Co8sq3+V96hdwHtUVfAFYRFedv35HuFRzi8YR6Vg9tr/kdmOz89WIsTPIejYzBhMB0GA1UdDgQWBBSpMlDEoZBC \
        igws3j3sn9nMF6GhWDAfBgNVHSMEGDAWgBSpMlDEoZBCigws3j3sn9nMF6GhWDAPBgNVHRMBAf8EBTADAQH/MA4G \
        A1UdDwEB/wQEAwIBBjAKBggqhkjOPQQDAgNIADBFAiAw7EG/3cRJciBcOe1fIaueTvuhwJXGtRdnra+U+lZhdAIh \
        ANks6UHQiXV/b1iic6R1EyhmeY7YvOP7EpGRCAzmeaT2
        """
    )
    /// Another one.
    package static let otherRoot = der(
        """
        MIIBuDCCAV2gAwIBAgIUJ9lpeDzDMVYKEAMFggsZwJb5MlkwCgYIKoZIzj0EAwIwKTERMA8GA1UECgwISGFuZGZh \
        c3QxFDASBgNVBAMMC1NlY29uZCBSb290MB4XDTI2MTEzMDAyMjY1M1oXDTM2MTEyNzAyMjY1M1owKTERMA8GA1UE \
        CgwISGFuZGZhc3QxFDASBgNVBAMMC1NlY29uZCBSb290MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEBZm9VLYz \
        t+qezHND73zoz8bySPPxFUW+t9c7oC736Q6NjQhXR7h8WbKjfWF6LGb/38WzjUtMmxZa2ZpdRln3QaNjMGEwHQYD \
        VR0OBBYEFJgzIjQybzoyWsMYNhiEfIvgFbQJMB8GA1UdIwQYMBaAFJgzIjQybzoyWsMYNhiEfIvgFbQJMA8GA1Ud \
        EwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgEGMAoGCCqGSM49BAMCA0kAMEYCIQCyZq5KhbpM75bmFATR8JXP9vPG \
        HOxWJzqIJcJ7GRkuBgIhAO83iHlJc3yzGKvjUxomJIVrZ9bypI7szCU5U3LMlWcI
        """
    )
    /// A list of `root` of 2026-11-01, with nothing on it.
    package static let olderList = der(
        """
        MIG5MGECAQEwCgYIKoZIzj0EAwIwIjERMA8GA1UECgwISGFuZGZhc3QxDTALBgNVBAMMBFJvb3QXDTI2MTEwMTAw \
        MDAwMFoXDTM2MTEwMTAwMDAwMFqgDjAMMAoGA1UdFAQDAgEBMAoGCCqGSM49BAMCA0gAMEUCIEacH/jgennDiF0A \
        EbCe8guG0AUtRvpN6okCHpGHre0wAiEAtAxTwNJGS4XjD4B+ZcljhWmemEQYFXVecg22ZF2O3RY=
        """
    )
    /// The next one, of 2026-11-20.
    package static let newerList = der(
        """
        MIG6MGECAQEwCgYIKoZIzj0EAwIwIjERMA8GA1UECgwISGFuZGZhc3QxDTALBgNVBAMMBFJvb3QXDTI2MTEyMDAw \
        MDAwMFoXDTM2MTEwMTAwMDAwMFqgDjAMMAoGA1UdFAQDAgECMAoGCCqGSM49BAMCA0kAMEYCIQD5thuT3VWxkVPF \
        bN6z5HXobm9VzrycFwhIxZsdB4pyIwIhAKSxZuPY1WUV+fNC23mUMemr8bN74zBzU5LkLKtVwCu1
        """
    )
    /// One of `root` that ended in 2025.
    package static let endedList = der(
        """
        MIG6MGECAQEwCgYIKoZIzj0EAwIwIjERMA8GA1UECgwISGFuZGZhc3QxDTALBgNVBAMMBFJvb3QXDTI1MTEyMDAw \
        MDAwMFoXDTI1MTIyMTAwMDAwMFqgDjAMMAoGA1UdFAQDAgEDMAoGCCqGSM49BAMCA0kAMEYCIQDNl03f1lEFt/Sw \
        5gDmzl43leYVVXy+VWZmV6g81xeEtgIhAMO7KoG1zjg1n9+C9piGs5cZ8j/00pWJ1Vo/MWFBK6kp
        """
    )
    /// One of `otherRoot`.
    package static let foreignList = der(
        """
        MIHAMGgCAQEwCgYIKoZIzj0EAwIwKTERMA8GA1UECgwISGFuZGZhc3QxFDASBgNVBAMMC1NlY29uZCBSb290Fw0y \
        NjExMjAwMDAwMDBaFw0zNjExMDEwMDAwMDBaoA4wDDAKBgNVHRQEAwIBBDAKBggqhkjOPQQDAgNIADBFAiEAiq+K \
        0FsM9nDRXMt4OPiwO1/80HCN/GtlyClIi6T+388CICRx+IOhdSMGD6JpNgcXhklnDIl9oO4sw0dqb0LwLCdw
        """
    )
    /// One in the name of `root` that another key has signed.
    package static let forgedList = der(
        """
        MIG6MGECAQEwCgYIKoZIzj0EAwIwIjERMA8GA1UECgwISGFuZGZhc3QxDTALBgNVBAMMBFJvb3QXDTI2MTEyMDAw \
        MDAwMFoXDTM2MTEwMTAwMDAwMFqgDjAMMAoGA1UdFAQDAgEFMAoGCCqGSM49BAMCA0kAMEYCIQCL4vUjyNQZ82PA \
        SAXfVuK5bg+keThfmcqJU+/h457VWQIhANEQq1JKZ3CQJ38Z/DtwERm2BzCQ0MQ0hkmZVGR+KM54
        """
    )

    private static func der(_ text: String) -> [UInt8] {
        Base64.decode(text.filter { $0 != " " }.utf8Span.span) ?? []
    }
}
