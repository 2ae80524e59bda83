// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing
import Text

/// Certificates for eighty years, so that a test can choose its moment.
enum FixedCertificates {
    /// A moment within all of them.
    static let now: Int64 = 1_900_000_000

    /// A CA: CN=Root,O=Handfast.
    static let root = certificate(
        """
        MIIBqzCCAVGgAwIBAgIUNt84UiWrg+oYpgTDRzWs35nf+MswCgYIKoZIzj0EAwIwIjERMA8GA1UECgwISGFuZG\
        Zhc3QxDTALBgNVBAMMBFJvb3QwIBcNMjYxMTMwMDI0NDM1WhgPMjEwOTAxMTkwMjQ0MzVaMCIxETAPBgNVBAoM\
        CEhhbmRmYXN0MQ0wCwYDVQQDDARSb290MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAELJ2QhwX+AsdQ0oSn7q\
        s9p72ttuXm+jtWGGNWsgRiYQ5QdmgIuHfw+Q/gqq3/SXvxKdx71rE4IBas3pRXZ6iuIaNjMGEwHQYDVR0OBBYE\
        FFerzqlhOFvIPia8GNcARYuUEQ4FMB8GA1UdIwQYMBaAFFerzqlhOFvIPia8GNcARYuUEQ4FMA8GA1UdEwEB/w\
        QFMAMBAf8wDgYDVR0PAQH/BAQDAgEGMAoGCCqGSM49BAMCA0gAMEUCIQDUEBSg0oMzu1qIYtkgOVCuCiNeMiSE\
        weLmm1pxSKkkSgIgBBWvz86s+1OdSTidqnospnvQGhR82kgCIOCCPutFY5M=
        """
    )

    /// Under it, for clients: CN=client,O=Handfast.
    static let leaf = certificate(
        """
        MIIBuDCCAV+gAwIBAgIUTWUetQqMyz0p5N0IW/yEycg0lpIwCgYIKoZIzj0EAwIwIjERMA8GA1UECgwISGFuZG\
        Zhc3QxDTALBgNVBAMMBFJvb3QwIBcNMjYxMTMwMDI0NDM2WhgPMjEwNjA0MjUwMjQ0MzZaMCQxETAPBgNVBAoM\
        CEhhbmRmYXN0MQ8wDQYDVQQDDAZjbGllbnQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARSiS7pojE0umLft/\
        JbnaSY8uXMmtR278S6m/uoWB2bjlpL04Gwy8Hg6wjdLQumW4qZhXCUYGGF1MZVfSpk2Ol5o28wbTAJBgNVHRME\
        AjAAMBMGA1UdJQQMMAoGCCsGAQUFBwMCMAsGA1UdDwQEAwIHgDAdBgNVHQ4EFgQUNvolcOE8EKARgOLG6KZ5CY\
        TFtxMwHwYDVR0jBBgwFoAUV6vOqWE4W8g+JrwY1wBFi5QRDgUwCgYIKoZIzj0EAwIDRwAwRAIgK3r5TxsfAqAN\
        qF7yVfaMbo2PzO2WPalncqNz/n9tazwCIHSlPbzge7pPs9RaX3JXX9XkCOZRbPnuxGMOcuyfb5Zl
        """
    )

    /// The same subject, for servers only.
    static let serverLeaf = certificate(
        """
        MIIBuDCCAV+gAwIBAgIUTWUetQqMyz0p5N0IW/yEycg0lpMwCgYIKoZIzj0EAwIwIjERMA8GA1UECgwISGFuZG\
        Zhc3QxDTALBgNVBAMMBFJvb3QwIBcNMjYxMTMwMDI0NDM2WhgPMjEwNjA0MjUwMjQ0MzZaMCQxETAPBgNVBAoM\
        CEhhbmRmYXN0MQ8wDQYDVQQDDAZjbGllbnQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATaAyEMGWbdwIj/vb\
        VRKP2vIyaBu9c6nT8Wb7oH7dWeRDMovgnlqobXMuo7U0VuPAfxijNzAMGxgr7uFbgwOW+fo28wbTAJBgNVHRME\
        AjAAMBMGA1UdJQQMMAoGCCsGAQUFBwMBMAsGA1UdDwQEAwIHgDAdBgNVHQ4EFgQUb5jMqnwP9tYtTGQJcYEVTq\
        N08JEwHwYDVR0jBBgwFoAUV6vOqWE4W8g+JrwY1wBFi5QRDgUwCgYIKoZIzj0EAwIDRwAwRAIgGW+9ApIL+Q+Z\
        d+R6TWJ3h0dZA5InnLn31+xadynUqaYCIAbn3d5nv3f/OAiXxqDBwP17KWoioO0JP+5rVkxDLkp4
        """
    )

    /// Another subject under the same CA.
    static let otherLeaf = certificate(
        """
        MIIBuTCCAV6gAwIBAgIUTWUetQqMyz0p5N0IW/yEycg0lpQwCgYIKoZIzj0EAwIwIjERMA8GA1UECgwISGFuZG\
        Zhc3QxDTALBgNVBAMMBFJvb3QwIBcNMjYxMTMwMDI0NDM2WhgPMjEwNjA0MjUwMjQ0MzZaMCMxETAPBgNVBAoM\
        CEhhbmRmYXN0MQ4wDAYDVQQDDAVvdGhlcjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABL91PWkXzZ1wPWC3c7\
        lt6B/SFVPEYYMiTeL89mZ1cyuypZo1qp0nloEdCRIRBVt6Cquw3Z5XpBUGnKYfS8Nf+fCjbzBtMAkGA1UdEwQC\
        MAAwEwYDVR0lBAwwCgYIKwYBBQUHAwIwCwYDVR0PBAQDAgeAMB0GA1UdDgQWBBRba/NQLDfpSV2uWMCNneBbWG\
        PLujAfBgNVHSMEGDAWgBRXq86pYThbyD4mvBjXAEWLlBEOBTAKBggqhkjOPQQDAgNJADBGAiEA7X5q6xwAWIeM\
        AnippOgLfARkrj8v0dOiRoRiyxlI8kQCIQDYOYpqGSENVS26N8EnlAUTpJtWNR3b6pg6HGvZkgtuow==
        """
    )

    private static func certificate(_ base64: String) -> Result<Certificate, any Error> {
        Result {
            let der = Base64.decode(Array(base64.utf8).span)
            return try Certificate(der: try #require(der))
        }
    }
}
