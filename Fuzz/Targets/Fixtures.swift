// SPDX-License-Identifier: Apache-2.0
import HTTP
internal import Text

/// Values known to the targets that an input may contain, made by `seeds.py`.
enum Fixtures {
    /// Now, in seconds since 1970.
    static let now: Int64 = 1_800_000_000
    /// Whose tokens are issued.
    static let issuer = "https://as.example"
    /// Signs for `leaf` and `other`.
    static let ca = decode(
        "MIIBRTCB7KADAgECAgEBMAoGCCqGSM49BAMCMBkxFzAVBgNVBAMMDkZ1enogQXV0aG9yaXR5MCAXDTI2"
            + "MDEwMTAwMDAwMFoYDzIxMjYwMTAxMDAwMDAwWjAZMRcwFQYDVQQDDA5GdXp6IEF1dGhvcml0eTBZMBMG"
            + "ByqGSM49AgEGCCqGSM49AwEHA0IABJPI+3dw6BmYgocagaHH8FGmVnwcBCiZzXQc8OaN+Ev/79zeYcQ9"
            + "YJBfbIAEZKcZEi/pIUb+YEc9WKI0gcAj6/WjIzAhMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQD"
            + "AgEGMAoGCCqGSM49BAMCA0gAMEUCIQDNPjvywf4psXaxNwlI1i31aQl0pfrxw46LXvpba6b4twIgDa7/"
            + "aQqu8AIZXkRaLuxvHRPlubfSx3Oed14WumiDwCA="
    )
    /// C=LK, O=Example\, Inc., CN=leaf, with a name of each kind.
    static let leaf = decode(
        "MIIBzjCCAXWgAwIBAgIBBzAKBggqhkjOPQQDAjAZMRcwFQYDVQQDDA5GdXp6IEF1dGhvcml0eTAgFw0y"
            + "NjAxMDEwMDAwMDBaGA8yMTI2MDEwMTAwMDAwMFowNDELMAkGA1UEBhMCTEsxFjAUBgNVBAoMDUV4YW1w"
            + "bGUsIEluYy4xDTALBgNVBAMMBGxlYWYwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATHStzilTLA+m44"
            + "lX/xjnnqZ8wjCuBLJSsXfDvgeNQ1VURvyMvTi3cAZZi2KVQOy+TiNxl4AkeWdy8EQ4fQ5Y9Ro4GQMIGN"
            + "MGgGA1UdEQRhMF+CDmNsaWVudC5leGFtcGxlhhtzcGlmZmU6Ly9leGFtcGxlLm9yZy9jbGllbnSBEmNs"
            + "aWVudEBleGFtcGxlLm9yZ4cEwAACAaQWMBQxEjAQBgNVBAMMCWRpcmVjdG9yeTAMBgNVHRMBAf8EAjAA"
            + "MBMGA1UdJQQMMAoGCCsGAQUFBwMCMAoGCCqGSM49BAMCA0cAMEQCIAmIL2Ny+n1ybEBXk58BfWWZfWaS"
            + "lbKIi9uUeHU2JGxMAiANoIBQlzlGX9cRspSwM+mw6qRj2tc5MOf9GGOQN3AaKQ=="
    )
    /// Another client's, revoked by `list`.
    static let other = decode(
        "MIIBqTCCAVGgAwIBAgIBCDAKBggqhkjOPQQDAjAZMRcwFQYDVQQDDA5GdXp6IEF1dGhvcml0eTAgFw0y"
            + "NjAxMDEwMDAwMDBaGA8yMTI2MDEwMTAwMDAwMFowEDEOMAwGA1UEAwwFb3RoZXIwWTATBgcqhkjOPQIB"
            + "BggqhkjOPQMBBwNCAAQ3evOoA9e+qn8qzL6bCKsqcx4hITNM3ergwo2jqv9D+T8Q15KYRch9BnGVBOHh"
            + "u+o3qYA4bWTdFlBTNS7DQIE8o4GQMIGNMGgGA1UdEQRhMF+CDmNsaWVudC5leGFtcGxlhhtzcGlmZmU6"
            + "Ly9leGFtcGxlLm9yZy9jbGllbnSBEmNsaWVudEBleGFtcGxlLm9yZ4cEwAACAaQWMBQxEjAQBgNVBAMM"
            + "CWRpcmVjdG9yeTAMBgNVHRMBAf8EAjAAMBMGA1UdJQQMMAoGCCsGAQUFBwMCMAoGCCqGSM49BAMCA0YA"
            + "MEMCHwwTxj90Q4E1Dq/ayEOs9k5LlBByV/OaJmbQK06zFaMCIBTucskmcFXuKArota/s+3EDwBlP3WLz"
            + "6FyjLsPTNyUr"
    )
    /// Signed by itself.
    static let pinned = decode(
        "MIHQMIGDoAMCAQICAQkwBQYDK2VwMBExDzANBgNVBAMMBnBpbm5lZDAgFw0yNjAxMDEwMDAwMDBaGA8y"
            + "MTI2MDEwMTAwMDAwMFowETEPMA0GA1UEAwwGcGlubmVkMCowBQYDK2VwAyEAQtXReGsfV1wwUKyolkyK"
            + "eeQo3xO1HZG55S+Hk1wCyNAwBQYDK2VwA0EANxVUW0AN0OOwKLNVpDTWER3UTK85+L1kGPs2jatb91U8"
            + "iktH3qqqoambyM6DtmacSt2kM2eRtpK6z+A8m2nsBw=="
    )
    /// The CA's revocation list.
    static let list = decode(
        "MIHrMIGTAgEBMAoGCCqGSM49BAMCMBkxFzAVBgNVBAMMDkZ1enogQXV0aG9yaXR5Fw0yNjAxMDEwMDAw"
            + "MDBaGA8yMTI2MDEwMTAwMDAwMFowNzASAgEIFw0yNjAxMDEwMDAwMDBaMCECAgEsFw0yNjAxMDEwMDAw"
            + "MDBaMAwwCgYDVR0VBAMKAQGgDjAMMAoGA1UdFAQDAgEDMAoGCCqGSM49BAMCA0cAMEQCIBebZTB0hTKE"
            + "c0isE6AcexM+iV0QYlwLpLa2ep0usxclAiBgKG4IElyTpozig9lGEBlXok/8l1fvCpaFN9JrNAKhQQ=="
    )
    /// The key of `pinned`, a JWK Set.
    static let keySet = decode(
        "eyJrZXlzIjogW3sia3R5IjogIk9LUCIsICJjcnYiOiAiRWQyNTUxOSIsICJhbGciOiAiRWREU0EiLCAi"
            + "a2lkIjogImsiLCAieCI6ICJRdFhSZUdzZlYxd3dVS3lvbGt5S2VlUW8zeE8xSFpHNTVTLUhrMXdDeU5B"
            + "In1dfQ=="
    )
    /// A client's.
    static let secret = decode(
        "YS1zZWNyZXQtb2YtdGhlLWZ1enplci13aXRoLTQzLWNoYXJhY3RlcnMtb2s="
    )
    /// The assertion that the client `keys` signed with it.
    static let keyAssertion = decode(
        "ZXlKaGJHY2lPaUFpUldSRVUwRWlMQ0FpZEhsd0lqb2dJa3BYVkNJc0lDSnJhV1FpT2lBaWF5SjkuZXlK"
            + "cGMzTWlPaUFpYTJWNWN5SXNJQ0p6ZFdJaU9pQWlhMlY1Y3lJc0lDSmhkV1FpT2lBaWFIUjBjSE02THk5"
            + "aGN5NWxlR0Z0Y0d4bElpd2dJbXAwYVNJNklDSXhJaXdnSW1WNGNDSTZJREU0TURBd01EQXdOakI5LjI3"
            + "R0NGYVViWWc3X2tJaDZMclV0UFJvOEQzRmV2MkZzOHZYWEU5TGFmcGtCVU5Pd3dsLXdaZzF6UjFLaEdX"
            + "SThadmtoUXJNMi1vSFJ2aVBuRGJYM0F3"
    )
    /// The assertion of the client `codes`.
    static let codeAssertion = decode(
        "ZXlKaGJHY2lPaUFpU0ZNeU5UWWlMQ0FpZEhsd0lqb2dJa3BYVkNJc0lDSnJhV1FpT2lBaWF5SjkuZXlK"
            + "cGMzTWlPaUFpWTI5a1pYTWlMQ0FpYzNWaUlqb2dJbU52WkdWeklpd2dJbUYxWkNJNklDSm9kSFJ3Y3pv"
            + "dkwyRnpMbVY0WVcxd2JHVWlMQ0FpYW5ScElqb2dJakVpTENBaVpYaHdJam9nTVRnd01EQXdNREEyTUgw"
            + "LkZjVUxxa05NelhKUFYwWGs5NEtVUVBXclpnd1V1eWRvY2JJdmdEUmdFQ2s="
    )

    private static func decode(_ text: String) -> [UInt8] {
        Base64.decode(Array(text.utf8).span) ?? []
    }
}
