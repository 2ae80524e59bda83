// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Text

/// Certificates and revocation lists, made by openssl on 2026-11-30 for ten years.
enum Vectors {
    /// A moment at which all of them are valid that ever are: 2026-12-01.
    static let now: Int64 = 1_796_083_200

    /// A self-signed certificate of a client, P-256.
    static let one = der(
        """
        MIIBkTCCATegAwIBAgIUK3UCgIYmJB+WHsZBqBaJcTXV+g4wCgYIKoZIzj0EAwIwITERMA8GA1UECgwISGFuZGZh \
        c3QxDDAKBgNVBAMMA29uZTAeFw0yNjExMzAwMjI2NTNaFw0zNjExMjcwMjI2NTNaMCExETAPBgNVBAoMCEhhbmRm \
        YXN0MQwwCgYDVQQDDANvbmUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQ5cdwYz3n8GkZlSwiDx7jdYY0krSPd \
        Q0s359SFHIBklmFK20HPJH7Z4cMeRAbrHGqRn7YzE9exQTp5FPdTUqIzo00wSzAdBgNVHQ4EFgQU0Uc12wPJKu80 \
        5R+ew8rMdYA9rvYwHwYDVR0jBBgwFoAU0Uc12wPJKu805R+ew8rMdYA9rvYwCQYDVR0TBAIwADAKBggqhkjOPQQD \
        AgNIADBFAiAECZlfgdOkk5mKmsZoKkl/BmfYMuwd+oRD0fiqP8VwAAIhAOgwugvs1K4Fw5NUeITjkt3L4xdN/dsr \
        awp+BDUxFXWp
        """
    )
    /// Another one, which its basic constraints make a CA.
    static let two = der(
        """
        MIIBljCCAT2gAwIBAgIUTjCnE7/RYPN3jb5pKcgXyjwmjVcwCgYIKoZIzj0EAwIwITERMA8GA1UECgwISGFuZGZh \
        c3QxDDAKBgNVBAMMA3R3bzAeFw0yNjExMzAwMjI2NTNaFw0zNjExMjcwMjI2NTNaMCExETAPBgNVBAoMCEhhbmRm \
        YXN0MQwwCgYDVQQDDAN0d28wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASRQZR0ZG4rXfI3aY8QPCnOnRKAIFzt \
        CQfTxWTWArhkYTAJJXC/KZxRsa57h9MA+gev8xQ0DNUx+vQc2u3/0O5Wo1MwUTAdBgNVHQ4EFgQUr+jRpl1lmIHt \
        NaJoRSJiLD/dreUwHwYDVR0jBBgwFoAUr+jRpl1lmIHtNaJoRSJiLD/dreUwDwYDVR0TAQH/BAUwAwEB/zAKBggq \
        hkjOPQQDAgNHADBEAiBqhNsMEaWosOAJbbN4bMLgVcR6kMKVC1oL+Kc3dT/C8QIgfL/+0zZ2YA/+iLJ2kTr7LKmV \
        V5bfgm2CRt6vwIBfl9w=
        """
    )
    /// One with a key of 2048 bits of RSA.
    static let rsa = der(
        """
        MIIDIzCCAgugAwIBAgIURhQ/lJ9xYWCPywyvimZSCvR5GNIwDQYJKoZIhvcNAQELBQAwITERMA8GA1UECgwISGFu \
        ZGZhc3QxDDAKBgNVBAMMA3JzYTAeFw0yNjExMzAwMjI2NTNaFw0zNjExMjcwMjI2NTNaMCExETAPBgNVBAoMCEhh \
        bmRmYXN0MQwwCgYDVQQDDANyc2EwggEiMA0GCSqGSIb3DQEBAQUAA4IBDwAwggEKAoIBAQC2wR+mZx3iuKNUGePO \
        XuXEVpzd3cM37oM8rhEYYSTfGBLtHfmQqNU+080sonToSMoxWFOVptxWgYOokvR5XPqCh4S6NY/8G/8R95gH4YqK \
        9/kF505eBxyQZTx6i1UpLTuzRl5/4/JW+OJzpfB9ErvOafxRrG7hV+/lbIG2qHva7vBaO3snX6Ie9GwOxyo7v7Q2 \
        zC9zurQKKn3T2uwl6xiFXo7BRWYLCJA+lYuXbWXx81Biu22PmGCZ3XjLMNiZ0WDr7Am/jETzc3r3GROR65Tp9q+2 \
        TvGca++5IPNCxLUieDn7itKFp2x5TM1kFt2L2qlZa9oCHJqHHiKc/rztFxuFAgMBAAGjUzBRMB0GA1UdDgQWBBQj \
        tvK41rCbjaq2HBD2gyoNkqDZojAfBgNVHSMEGDAWgBQjtvK41rCbjaq2HBD2gyoNkqDZojAPBgNVHRMBAf8EBTAD \
        AQH/MA0GCSqGSIb3DQEBCwUAA4IBAQAG3YXmRYChQckCeq9uQ8RLc/SJsgigZJ1VGPml0jxJiqM14nW7ycyZBD2/ \
        4rGNCkRK9EvjC88iTY3jwFPpQjEi1bn2O75MYCtBUuKlOgkDw8pybBtIUgmGpzrk01Lav0OEINS50HUwNvgD1qe4 \
        ZrYNJGsVo2TwwQqK/W63k3UiyioGmJ/AiqCSHXCaeQPUGQBkgew++hu0bCy2zKuTe7cbNQhUu9Dm7ZkliHk/oE2K \
        fjmR1xVyswsqVvaCjkNWbYLqPKoTw3E4Ytah0EqpehndHA1ElNJTV1AJ2tGeTefp9rG5xBG4YTVQHGqSk9o0pMpQ \
        jolqNthrvneDsHUuJzAq
        """
    )
    /// One with a key of Ed25519.
    static let ed25519 = der(
        """
        MIIBVTCCAQegAwIBAgIUF3cVrR1eyWCFylLbzl9jcotiEmMwBQYDK2VwMCAxETAPBgNVBAoMCEhhbmRmYXN0MQsw \
        CQYDVQQDDAJlZDAeFw0yNjExMzAwMjI2NTNaFw0zNjExMjcwMjI2NTNaMCAxETAPBgNVBAoMCEhhbmRmYXN0MQsw \
        CQYDVQQDDAJlZDAqMAUGAytlcAMhAFiEztXTMinyzsRBkftekR6LmT7oEE7ZRyjOa53Eazupo1MwUTAdBgNVHQ4E \
        FgQU9NegCRNGuidVMCep8FJm8qFBr/4wHwYDVR0jBBgwFoAU9NegCRNGuidVMCep8FJm8qFBr/4wDwYDVR0TAQH/ \
        BAUwAwEB/zAFBgMrZXADQQDuF82dwsWEI7bEdvOwi3HWxVkEVr48a4pOy6ettBmMbx3Y+9I+hEfSWjPLLnDWLvPB \
        3uPG0uhrXSzOKIZltSEK
        """
    )
    /// One whose key of RSA is too short.
    static let weak = der(
        """
        MIICIDCCAYmgAwIBAgIUK072bQiOnu9rcy0mhPo+UGCkq8QwDQYJKoZIhvcNAQELBQAwIjERMA8GA1UECgwISGFu \
        ZGZhc3QxDTALBgNVBAMMBHdlYWswHhcNMjYxMTMwMDIyNjUzWhcNMzYxMTI3MDIyNjUzWjAiMREwDwYDVQQKDAhI \
        YW5kZmFzdDENMAsGA1UEAwwEd2VhazCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEA885hFjsM6FFrFLSIUxGW \
        oV+tL/qrxXHEll7BOckVhcDxZNvSj5k0ktd9+lg270jr70nYJr6RTsulSK1UbXiNI5s9k33RFv17zwPBLcUGbtEO \
        ml7c3xSN85ZQauPB4ZONL8ykgEpNyUG1EzonhWjNdr31llNkRlmMp7xLTwEGsfcCAwEAAaNTMFEwHQYDVR0OBBYE \
        FGhffI9rAFK3hjtaO0chdVrinpeXMB8GA1UdIwQYMBaAFGhffI9rAFK3hjtaO0chdVrinpeXMA8GA1UdEwEB/wQF \
        MAMBAf8wDQYJKoZIhvcNAQELBQADgYEAJ4EYhfpjF4zm2UfOfggZs+CA9uCHDl6tJRxGIu7fptN1at94m/PVfvd/ \
        28TSId5Z3+GpUvzxjdgEMHCDyQiJ6gt2JmLqqcuiExJNwcwsl2LP05pVj3inZVVHLM1STwx8cH2fM/5xQKqcd1pP \
        QlLbRefB2zYMguptZ2/B+Z6NkbM=
        """
    )
    /// One that ended in 2020.
    static let ended = der(
        """
        MIIBXDCCAQOgAwIBAgIBBTAKBggqhkjOPQQDAjAhMREwDwYDVQQKDAhIYW5kZmFzdDEMMAoGA1UEAwwDb2xkMB4X \
        DTIwMDEwMTAwMDAwMFoXDTIwMTAyNzAwMDAwMFowITERMA8GA1UECgwISGFuZGZhc3QxDDAKBgNVBAMMA29sZDBZ \
        MBMGByqGSM49AgEGCCqGSM49AwEHA0IABJqCdWxASMdyBXR0DwbZgxcj8UvAOXiTjMWk80iV2vssWzlX2FRozjRj \
        MffWVRjItsjDM7DkE/qlq6XOw841RW2jLDAqMAkGA1UdEwQCMAAwHQYDVR0OBBYEFG9l4bQ7Wj0iAGKJzuW6JFoE \
        iGvmMAoGCCqGSM49BAMCA0cAMEQCIGv5qGtOe/0TmYhQWs1jFHAeqcol9lTHAU/dy1HuGoGKAiBEo4VsF5ITAjC7 \
        DTk0vqXE3GSpewZqT4oVGqvOWPEj4Q==
        """
    )
    /// A certificate that `root` has issued, which is no CA.
    static let leaf = der(
        """
        MIIBgDCCASagAwIBAgIBTTAKBggqhkjOPQQDAjAiMREwDwYDVQQKDAhIYW5kZmFzdDENMAsGA1UEAwwEUm9vdDAe \
        Fw0yNjExMzAwMjI2NTNaFw0zNjExMjcwMjI2NTNaMCIxETAPBgNVBAoMCEhhbmRmYXN0MQ0wCwYDVQQDDARsZWFm \
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVSpARx3X38Hqo5vgrrNKZsgbCVbchYqvZEJGq7bvGvkva3DRxLO \
        9b/QqdfC6qQ301qjQaJAy7anWB5CKoRIGqNNMEswCQYDVR0TBAIwADAdBgNVHQ4EFgQUxyJ8Jgkhb0ScY9EObZe4 \
        V3wWEUEwHwYDVR0jBBgwFoAUqTJQxKGQQooMLN497J/ZzBehoVgwCgYIKoZIzj0EAwIDSAAwRQIhAJPPfyjQkhy3 \
        adCBLcpIp0uc9LGK5erbRhsoc3SY4AhOAiA+zqm2TeQMx/eIlnZhIIrT/LD3Kkdh6kPBGpm3NlHoQg==
        """
    )

    /// A certificate as a PEM file has it.
    static func pem(_ der: [UInt8]) throws -> String { try Certificate(der: der).pem }

    private static func der(_ text: String) -> [UInt8] {
        Base64.decode(text.filter { $0 != " " }.utf8Span.span) ?? []
    }
}
