// SPDX-License-Identifier: Apache-2.0
internal import Upkeep

/// The keys of fetching, and of warnings about certificates that end.
extension ConfigurationKey {
    static let fetchRefresh = ConfigurationKey(
        "fetch.refresh_seconds",
        seconds: FetchSettings.refreshSecondsRange,
        FetchSettings().refresh,
        "Seconds after which a jwks_uri or the URL of a revocation list is fetched again. Files of"
            + " revocation lists are checked every two seconds."
    )
    static let fetchNetworks = ConfigurationKey(
        "fetch.networks",
        .text,
        nil,
        "Private networks that a jwks_uri may be in, separated by spaces. Without it: none."
    )
    static let fetchAuthorities = ConfigurationKey(
        "fetch.authorities",
        .path,
        nil,
        "PEM file of the CAs by which the servers of these URLs are verified. Without it: the"
            + " system's."
    )
    static let expiryWarning = ConfigurationKey(
        "certificates.expiry_warning_days",
        ExpirySettings.warningDaysRange,
        ExpirySettings().warningDays,
        "Days before its end from which the log warns of a registered certificate or CA, and"
            + " of a certificate of the server's own."
    )
    /// In the order of the example file.
    static let ofFetching: [ConfigurationKey] = [
        .fetchRefresh, .fetchNetworks, .fetchAuthorities, .expiryWarning,
    ]
}

extension ConfigurationLoader {
    mutating func buildFetching() -> FetchSettings {
        var section = FetchSettings()
        section.refresh = milliseconds(.fetchRefresh)
        section.networks = blocks(.fetchNetworks)
        section.caFile = text(.fetchAuthorities)
        return section
    }

    func buildExpiry() -> ExpirySettings {
        var section = ExpirySettings()
        section.warningDays = integer(.expiryWarning)
        return section
    }
}
