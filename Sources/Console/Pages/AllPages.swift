// SPDX-License-Identifier: Apache-2.0
extension ConsolePage {
    /// All pages of the console; of two that match a path, the first answers.
    package static var all: [ConsolePage] {
        [
            ClientListPage.pages,
            AddClientPage.pages,
            NewSecretPage.pages,
            ClientPage.pages,
            EditClientPage.pages,
            CertificatePages.pages,
            SwitchPages.pages,
            SecretPages.pages,
            RemoveClientPage.pages,
            VerifyClientPage.pages,
            RefusalsPage.pages,
            ExpiringPage.pages,
            LivePage.pages,
            TrustSetPages.pages,
            IssuerPages.pages,
            KeysPage.pages,
            AuditPage.pages,
            ConfigurationPage.pages,
        ].flatMap { $0 }
    }
}
