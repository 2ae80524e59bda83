// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Certificates of a trust domain, in DER and valid from 2026 to 2099: made by
/// `Tests/Acceptance/spire.py`, by Python's cryptography.
package enum SPIFFEFixtures {
    /// A second of 2026 at which all of them are valid.
    package static let now: Int64 = 1_790_000_000

    /// The CA of the trust domain example.org.
    package static let ca = der(
        """
        MIIBpzCCAU2gAwIBAgIUGm5bYDCSHfFUFbO4BX/4qhOPf0YwCgYIKoZIzj0EAwIwIDELMAkGA1UEBhMCVVMxETAP\
        BgNVBAoMCFNQSUZGRSAyMCAXDTI2MDEwMTAwMDAwMFoYDzIwOTkwMTAxMDAwMDAwWjAgMQswCQYDVQQGEwJVUzER\
        MA8GA1UECgwIU1BJRkZFIDIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQ0aez56MklVd0xtezCIxWA2esvzdtl\
        NHI938+UOMSVwhr9hPxshcfvBY1s2XNhssz91Vql1R9rVr8j8z0/Ie2So2MwYTAPBgNVHRMBAf8EBTADAQH/MA4G\
        A1UdDwEB/wQEAwIBBjAdBgNVHQ4EFgQUINBJSxtM/AVQWI40GguT6hnWyaIwHwYDVR0RBBgwFoYUc3BpZmZlOi8v\
        ZXhhbXBsZS5vcmcwCgYIKoZIzj0EAwIDSAAwRQIgGIbYt+OFbW22PK9kqS0EXWroNrQPNrirnxiEwXghTZoCIQDl\
        APtvj4qoPBFd807qerYry2hj/8dFXPt+FqQwTqECPg==
        """
    )
    /// Another CA of it.
    package static let nextCA = der(
        """
        MIIBpzCCAU2gAwIBAgIUWITjpLpvP5N+jmmfOke/OuWROBwwCgYIKoZIzj0EAwIwIDELMAkGA1UEBhMCVVMxETAP\
        BgNVBAoMCFNQSUZGRSAzMCAXDTI2MDEwMTAwMDAwMFoYDzIwOTkwMTAxMDAwMDAwWjAgMQswCQYDVQQGEwJVUzER\
        MA8GA1UECgwIU1BJRkZFIDMwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATkaZEXks6dDyhoBOsYfCe4ALbNymwO\
        kdKLfywpjR5uGsy0Br6Kqmd3mMdYV+44XQGji59PeNiIjfeqiP4srk+Do2MwYTAPBgNVHRMBAf8EBTADAQH/MA4G\
        A1UdDwEB/wQEAwIBBjAdBgNVHQ4EFgQUac27ej4+E2tzCE+/mVteD9OwQf0wHwYDVR0RBBgwFoYUc3BpZmZlOi8v\
        ZXhhbXBsZS5vcmcwCgYIKoZIzj0EAwIDSAAwRQIhANAO65WTXVQf/BfppV01XHBPtMcVayNkuis5r+2vYvU0AiBh\
        +oRdfqcgN560RDEJ8MveoLAOpvxNdwZYXK78F/+ByA==
        """
    )
    /// An X.509-SVID of `ca` for /ns/pay/billing.
    package static let billing = der(
        """
        MIIB0zCCAXmgAwIBAgIUaARrvJ4p8nedfpyi8Rv/Id/7PaMwCgYIKoZIzj0EAwIwIDELMAkGA1UEBhMCVVMxETAP\
        BgNVBAoMCFNQSUZGRSAyMCAXDTI2MDEwMTAwMDAwMFoYDzIwOTkwMTAxMDAwMDAwWjAdMQswCQYDVQQGEwJVUzEO\
        MAwGA1UECgwFU1BJUkUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQ8BvSpNoWoE0N3wKjZ0Z8XNyG54NI+bFLm\
        v7rKfMQebh1Qt0wR4h7SfBc5S5z60Rwbh4lB7p31FxndgsBN0fDOo4GRMIGOMAwGA1UdEwEB/wQCMAAwDgYDVR0P\
        AQH/BAQDAgOoMB0GA1UdJQQWMBQGCCsGAQUFBwMBBggrBgEFBQcDAjAuBgNVHREEJzAlhiNzcGlmZmU6Ly9leGFt\
        cGxlLm9yZy9ucy9wYXkvYmlsbGluZzAfBgNVHSMEGDAWgBQg0ElLG0z8BVBYjjQaC5PqGdbJojAKBggqhkjOPQQD\
        AgNIADBFAiAy5R9yijmHfMnRKrG1tFjYbYFl0vFJrV5PpQidqUBdZAIhAK/7Aw3+CwLtt1DsFJmmHnR/6uB27Xze\
        cVPePjmPXY9E
        """
    )
    /// The same of `nextCA`.
    package static let billingOfNextCA = der(
        """
        MIIB0jCCAXmgAwIBAgIUbG1a89NVkwJ8EwmYu3+Xl9hGn/4wCgYIKoZIzj0EAwIwIDELMAkGA1UEBhMCVVMxETAP\
        BgNVBAoMCFNQSUZGRSAzMCAXDTI2MDEwMTAwMDAwMFoYDzIwOTkwMTAxMDAwMDAwWjAdMQswCQYDVQQGEwJVUzEO\
        MAwGA1UECgwFU1BJUkUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARTNrRl6aY4R6R5pAqbJu8Y/qI3rCV7R50r\
        OPryGEelZJAwJ8KNs8+SfQG68+Ttbn0pz+P7agWt2XkV8gPXHwnPo4GRMIGOMAwGA1UdEwEB/wQCMAAwDgYDVR0P\
        AQH/BAQDAgOoMB0GA1UdJQQWMBQGCCsGAQUFBwMBBggrBgEFBQcDAjAuBgNVHREEJzAlhiNzcGlmZmU6Ly9leGFt\
        cGxlLm9yZy9ucy9wYXkvYmlsbGluZzAfBgNVHSMEGDAWgBRpzbt6Pj4Ta3MIT7+ZW14P07BB/TAKBggqhkjOPQQD\
        AgNHADBEAiBrdL5+yI5wAkCnWebKzNcvlsU2VILail2mJrs0qbYvHgIgCpau4yLdhbYoR3YgQI6qG65g6LoFOoPo\
        w/1BI4Ep9lk=
        """
    )
    /// An X.509-SVID of `ca` for another trust domain.
    package static let foreign = der(
        """
        MIIB1DCCAXqgAwIBAgITQtG1MwekCefOCe/0OE+YmGs5WzAKBggqhkjOPQQDAjAgMQswCQYDVQQGEwJVUzERMA8G\
        A1UECgwIU1BJRkZFIDIwIBcNMjYwMTAxMDAwMDAwWhgPMjA5OTAxMDEwMDAwMDBaMB0xCzAJBgNVBAYTAlVTMQ4w\
        DAYDVQQKDAVTUElSRTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABHum3MNe74VbMBwI2hsS/Yjm3AREAZFc/5RO\
        c8utMj2t8JszRnJwHY8n37Ud06Z+LS0Ymi/qYM/YH177W9wusEujgZMwgZAwDAYDVR0TAQH/BAIwADAOBgNVHQ8B\
        Af8EBAMCA6gwHQYDVR0lBBYwFAYIKwYBBQUHAwEGCCsGAQUFBwMCMDAGA1UdEQQpMCeGJXNwaWZmZTovL290aGVy\
        LmV4YW1wbGUvbnMvcGF5L2JpbGxpbmcwHwYDVR0jBBgwFoAUINBJSxtM/AVQWI40GguT6hnWyaIwCgYIKoZIzj0E\
        AwIDSAAwRQIhAMUPzB+zYQnPDe9TjXNdi6qiUVH0TvQaF7hjU1lNZbFcAiBy4RuBsmD5Jo3pQ837qV7JYgq1XXmx\
        LvUfDbKcuJGrsg==
        """
    )
    /// No subject, and a critical alternative name.
    package static let withoutSubject = der(
        """
        MIIBrDCCAVKgAwIBAgIUWqL8TUMa1btyL85ok53t+vDgXdUwCgYIKoZIzj0EAwIwIDELMAkGA1UEBhMCVVMxETAP\
        BgNVBAoMCFNQSUZGRSAyMCAXDTI2MDEwMTAwMDAwMFoYDzIwOTkwMTAxMDAwMDAwWjAAMFkwEwYHKoZIzj0CAQYI\
        KoZIzj0DAQcDQgAEZWOsGpRBQyVCpmNIo+ZKpmwO2pllKGI0aonex4DIKiVyX4BHgbq/uqn5qQ/klBkL7eFiPNeH\
        LZPI0HvNoJMNJKOBhzCBhDAMBgNVHRMBAf8EAjAAMA4GA1UdDwEB/wQEAwIDqDAdBgNVHSUEFjAUBggrBgEFBQcD\
        AQYIKwYBBQUHAwIwJAYDVR0RAQH/BBowGIYWc3BpZmZlOi8vZXhhbXBsZS5vcmcvYTAfBgNVHSMEGDAWgBQg0ElL\
        G0z8BVBYjjQaC5PqGdbJojAKBggqhkjOPQQDAgNIADBFAiB/4lzrPdmXhv0VE4MtVWNx0WSsHlytO9tl+RvYO7w2\
        XQIhAOTNUT7Hk5POGQc09QAwA2qBTwsgRAtnxafG4HxLG9AK
        """
    )
    /// No subject, and an alternative name that is not critical.
    package static let uncritical = der(
        """
        MIIBqTCCAU+gAwIBAgIUbN662N0xQCplUTXGC0qa2a3J/AcwCgYIKoZIzj0EAwIwIDELMAkGA1UEBhMCVVMxETAP\
        BgNVBAoMCFNQSUZGRSAyMCAXDTI2MDEwMTAwMDAwMFoYDzIwOTkwMTAxMDAwMDAwWjAAMFkwEwYHKoZIzj0CAQYI\
        KoZIzj0DAQcDQgAEiWuyn1BZIba8MdBk6M9pnPaDS0Sm0aJG00eWDk06in0Q3tWYQ8cllzep16bGzQtI7OHfGRuR\
        x4F2Tzq7E6D9iaOBhDCBgTAMBgNVHRMBAf8EAjAAMA4GA1UdDwEB/wQEAwIDqDAdBgNVHSUEFjAUBggrBgEFBQcD\
        AQYIKwYBBQUHAwIwIQYDVR0RBBowGIYWc3BpZmZlOi8vZXhhbXBsZS5vcmcvYTAfBgNVHSMEGDAWgBQg0ElLG0z8\
        BVBYjjQaC5PqGdbJojAKBggqhkjOPQQDAgNIADBFAiEAtX9Vfn01QpU91iKpmcuE82c6bAuscisPKbzHMjz3qV8C\
        IAS3H+hIcSLoPjGTmCrwYuz6e7VPGVmuE4SEVRzvguh8
        """
    )
    /// Two URIs among the alternative names.
    package static let twoURIs = der(
        """
        MIIB3jCCAYSgAwIBAgIUJg3IQEi2rkwwSeVHYIJ8Zwq3C7owCgYIKoZIzj0EAwIwIDELMAkGA1UEBhMCVVMxETAP\
        BgNVBAoMCFNQSUZGRSAyMCAXDTI2MDEwMTAwMDAwMFoYDzIwOTkwMTAxMDAwMDAwWjAdMQswCQYDVQQGEwJVUzEO\
        MAwGA1UECgwFU1BJUkUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATNc48Zh8h4bW7oYJluRoeDHh+3NZ6j300O\
        I1Us+Eqs4jx8TezuVp4kjY/qvcGttVrmV/wnAVF3Zm598Zxd8+qio4GcMIGZMAwGA1UdEwEB/wQCMAAwDgYDVR0P\
        AQH/BAQDAgOoMB0GA1UdJQQWMBQGCCsGAQUFBwMBBggrBgEFBQcDAjA5BgNVHREEMjAwhhZzcGlmZmU6Ly9leGFt\
        cGxlLm9yZy9hhhZzcGlmZmU6Ly9leGFtcGxlLm9yZy9iMB8GA1UdIwQYMBaAFCDQSUsbTPwFUFiONBoLk+oZ1smi\
        MAoGCCqGSM49BAMCA0gAMEUCIFiZsZEK84QEh4zs4FbY+HptjwG/FlDZuOSlOfWtXqHZAiEAl4l3pspCeFrCSD0a\
        vkuxnrN/JGILeM5ab/kgDgaoct4=
        """
    )
    /// A DNS name alone.
    package static let noURI = der(
        """
        MIIBtzCCAV2gAwIBAgIUcNm8pBhc/iBRUzFmW1hNWRbyF5EwCgYIKoZIzj0EAwIwIDELMAkGA1UEBhMCVVMxETAP\
        BgNVBAoMCFNQSUZGRSAyMCAXDTI2MDEwMTAwMDAwMFoYDzIwOTkwMTAxMDAwMDAwWjAdMQswCQYDVQQGEwJVUzEO\
        MAwGA1UECgwFU1BJUkUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQ/dEOCzX9mKXEk2DuPa2suFtkeKWl/MKWk\
        fDiyU6tM6YZlHu4RaY3evNmUVD8O9gn8sZEvJUr1dxCJj2lz05lio3YwdDAMBgNVHRMBAf8EAjAAMA4GA1UdDwEB\
        /wQEAwIDqDAdBgNVHSUEFjAUBggrBgEFBQcDAQYIKwYBBQUHAwIwFAYDVR0RBA0wC4IJYS5leGFtcGxlMB8GA1Ud\
        IwQYMBaAFCDQSUsbTPwFUFiONBoLk+oZ1smiMAoGCCqGSM49BAMCA0gAMEUCIQDsgyyWooTX1Q493SJYm7yVOx5u\
        FJlRU9F7aRHSP90k3AIgaOKi8ej238YLvH2SaQLXe/6ix/XYTjdaMzcFDypSfl4=
        """
    )
    /// The ID of the trust domain itself.
    package static let noPath = der(
        """
        MIIBwzCCAWmgAwIBAgIUO4SwtFCulykJwKQCP1AcS0ARaXIwCgYIKoZIzj0EAwIwIDELMAkGA1UEBhMCVVMxETAP\
        BgNVBAoMCFNQSUZGRSAyMCAXDTI2MDEwMTAwMDAwMFoYDzIwOTkwMTAxMDAwMDAwWjAdMQswCQYDVQQGEwJVUzEO\
        MAwGA1UECgwFU1BJUkUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQYbOy8eCpM3XOIHPU6ZEDcfBfWXz5iQaBQ\
        4dOpS/kJgoK20K+RmCTQhPnZFj4kOWPuZ4gBz15G7GZbBQfBH6yko4GBMH8wDAYDVR0TAQH/BAIwADAOBgNVHQ8B\
        Af8EBAMCA6gwHQYDVR0lBBYwFAYIKwYBBQUHAwEGCCsGAQUFBwMCMB8GA1UdEQQYMBaGFHNwaWZmZTovL2V4YW1w\
        bGUub3JnMB8GA1UdIwQYMBaAFCDQSUsbTPwFUFiONBoLk+oZ1smiMAoGCCqGSM49BAMCA0gAMEUCIEvZ8X/l+TjL\
        zR0RFMsw3H2ydhd+tlYTUKeBpVJ8psKSAiEA1gPnnraHFnJAeBsZFT4bzXbFu2mKqyMc+i9vc74SyvY=
        """
    )
    /// Its key may sign certificates.
    package static let signing = der(
        """
        MIIBxTCCAWygAwIBAgIUZxMHoJVSoIDhojTptYNktwRjnt0wCgYIKoZIzj0EAwIwIDELMAkGA1UEBhMCVVMxETAP\
        BgNVBAoMCFNQSUZGRSAyMCAXDTI2MDEwMTAwMDAwMFoYDzIwOTkwMTAxMDAwMDAwWjAdMQswCQYDVQQGEwJVUzEO\
        MAwGA1UECgwFU1BJUkUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARGTXBa425ZxCVhnYnI7rohlaiWSRxL0u9L\
        Ok7a5Um1WAWpVyhCoSrWNpXiAFTGwy4RQDrC01mPFumKHPogZsNmo4GEMIGBMAwGA1UdEwEB/wQCMAAwDgYDVR0P\
        AQH/BAQDAgKEMB0GA1UdJQQWMBQGCCsGAQUFBwMBBggrBgEFBQcDAjAhBgNVHREEGjAYhhZzcGlmZmU6Ly9leGFt\
        cGxlLm9yZy9hMB8GA1UdIwQYMBaAFCDQSUsbTPwFUFiONBoLk+oZ1smiMAoGCCqGSM49BAMCA0cAMEQCIClPdRjt\
        NgUduAJMQmrvD70Spdlyqyw1xCjhSJ33pp1fAiA1t914vdu2K8CETc/XrnG2CvfeaVdK+IolgpjDDxUt/Q==
        """
    )
    /// Its key usage has no digitalSignature.
    package static let withoutSignatures = der(
        """
        MIIBxzCCAWygAwIBAgIUJ624MrpSGg1xlBnIH6Gqxv9Jck0wCgYIKoZIzj0EAwIwIDELMAkGA1UEBhMCVVMxETAP\
        BgNVBAoMCFNQSUZGRSAyMCAXDTI2MDEwMTAwMDAwMFoYDzIwOTkwMTAxMDAwMDAwWjAdMQswCQYDVQQGEwJVUzEO\
        MAwGA1UECgwFU1BJUkUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQE/8Ub3Y6t3bW5atCOgGU3sudRkuUZ6yY7\
        vJcZ6BmHa90ze3IlUbhJ4qqZas9GdSEr0++3dcfuwpqM8yF5dyxNo4GEMIGBMAwGA1UdEwEB/wQCMAAwDgYDVR0P\
        AQH/BAQDAgUgMB0GA1UdJQQWMBQGCCsGAQUFBwMBBggrBgEFBQcDAjAhBgNVHREEGjAYhhZzcGlmZmU6Ly9leGFt\
        cGxlLm9yZy9hMB8GA1UdIwQYMBaAFCDQSUsbTPwFUFiONBoLk+oZ1smiMAoGCCqGSM49BAMCA0kAMEYCIQCG7kJt\
        6IkEz1bKVbEukDhBumxQIskFudqpAT1irQWngwIhAKYNheGuURlSVZmI+l42ZQvNr2ADgkRxt9GAOkU0jgdf
        """
    )
    /// No key usage.
    package static let withoutUsage = der(
        """
        MIIBszCCAVqgAwIBAgIUYA9LJYunp2IQkUteaZOAdkcUz40wCgYIKoZIzj0EAwIwIDELMAkGA1UEBhMCVVMxETAP\
        BgNVBAoMCFNQSUZGRSAyMCAXDTI2MDEwMTAwMDAwMFoYDzIwOTkwMTAxMDAwMDAwWjAdMQswCQYDVQQGEwJVUzEO\
        MAwGA1UECgwFU1BJUkUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQCjG6MHjlmdF4MGw3dbPN6HEvIWTCw68HE\
        j/GpY2fLDwD2pC3ifM/HnSp7J67uFUPpU3rQVav2FGNfRWxTziSMo3MwcTAMBgNVHRMBAf8EAjAAMB0GA1UdJQQW\
        MBQGCCsGAQUFBwMBBggrBgEFBQcDAjAhBgNVHREEGjAYhhZzcGlmZmU6Ly9leGFtcGxlLm9yZy9hMB8GA1UdIwQY\
        MBaAFCDQSUsbTPwFUFiONBoLk+oZ1smiMAoGCCqGSM49BAMCA0cAMEQCICx5z8as5fc7Ug4ptlrU5gQHt0AhZLOG\
        KcKnnsLtiMUYAiADzB4FI0eyO1aMx6/iPevVjGnFx053d+s5OuPEhQIEAA==
        """
    )
    /// An extended key usage of a server alone.
    package static let serverOnly = der(
        """
        MIIBuTCCAWCgAwIBAgIURLdySYyfjmYKmw3NEW3evubIx0YwCgYIKoZIzj0EAwIwIDELMAkGA1UEBhMCVVMxETAP\
        BgNVBAoMCFNQSUZGRSAyMCAXDTI2MDEwMTAwMDAwMFoYDzIwOTkwMTAxMDAwMDAwWjAdMQswCQYDVQQGEwJVUzEO\
        MAwGA1UECgwFU1BJUkUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARvy3znk5M97DY0oW92VwXHf0+ZhkPW2AwE\
        xXzlkqTUw2l6LeZ6Lju0Hyg926WPrRT9R6T9KqYw/VLGcOFd0s/oo3kwdzAMBgNVHRMBAf8EAjAAMA4GA1UdDwEB\
        /wQEAwIDqDATBgNVHSUEDDAKBggrBgEFBQcDATAhBgNVHREEGjAYhhZzcGlmZmU6Ly9leGFtcGxlLm9yZy9hMB8G\
        A1UdIwQYMBaAFCDQSUsbTPwFUFiONBoLk+oZ1smiMAoGCCqGSM49BAMCA0cAMEQCIHCPRL41uorm9qewbXiribK/\
        +diydYDBECnDwTN+5D44AiAILsdoX5OjTEx6fIAoSXGb60t2epm44P1EGarSIte5GQ==
        """
    )
    /// No extended key usage.
    package static let anyPurposeless = der(
        """
        MIIBpTCCAUugAwIBAgIUXJgQ2z2FfeORECxlabmcs9juU1AwCgYIKoZIzj0EAwIwIDELMAkGA1UEBhMCVVMxETAP\
        BgNVBAoMCFNQSUZGRSAyMCAXDTI2MDEwMTAwMDAwMFoYDzIwOTkwMTAxMDAwMDAwWjAdMQswCQYDVQQGEwJVUzEO\
        MAwGA1UECgwFU1BJUkUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASfxrlIQDjk5eh/c7+YVisCRRtm+eIspFk4\
        JAs6tsiZnYnna6trbnpcyqVp49ynaNE46c0g0t9y5Bva65UFUBhZo2QwYjAMBgNVHRMBAf8EAjAAMA4GA1UdDwEB\
        /wQEAwIDqDAhBgNVHREEGjAYhhZzcGlmZmU6Ly9leGFtcGxlLm9yZy9hMB8GA1UdIwQYMBaAFCDQSUsbTPwFUFiO\
        NBoLk+oZ1smiMAoGCCqGSM49BAMCA0gAMEUCIQCfOYynjLySB70cGw4samkI+KCR+8M4E5yoSoJNAADrtwIgYZ8V\
        W5IyMvOizb6S2FhmfcwgonrqkAoXUaqRLqTzjos=
        """
    )

    private static func der(_ text: String) -> [UInt8] {
        Array(Data(base64Encoded: text) ?? Data())
    }

    /// A bundle with these CAs and a key for JWT-SVIDs.
    package static func bundle(
        _ cas: [[UInt8]],
        sequence: Int64? = nil,
        hint: Int? = nil
    ) -> [UInt8] {
        let keys = cas.map { ca in
            #"{"use":"x509-svid","kty":"EC","x5c":["\#(Data(ca).base64EncodedString())"]}"#
        }
        let jwt = #"{"use":"jwt-svid","kty":"EC","kid":"a"}"#
        var text = #"{"keys":[\#((keys + [jwt]).joined(separator: ","))]"#
        if let sequence { text += #","spiffe_sequence":\#(sequence)"# }
        if let hint { text += #","spiffe_refresh_hint":\#(hint)"# }
        return Array((text + "}").utf8)
    }
}
