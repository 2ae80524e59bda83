// SPDX-License-Identifier: Apache-2.0
internal import CCurl
internal import Glibc
internal import Network

/// One HTTP(S) GET within bounds, to addresses that are allowed.
public enum Fetch {
    /// The body of the answer, whose status was 200.
    ///
    /// Blocks the thread for at most `policy.seconds`: for workers. `accept` is a list of media
    /// types in printable ASCII. The request carries no cookies and no credentials and asks for no
    /// compression; proxies of the environment are ignored. A body without a length ends where the
    /// connection does, so its format must show its own end, as JSON does.
    public static func get(
        _ url: String,
        accept: String,
        policy: FetchPolicy
    ) throws(FetchError) -> [UInt8] {
        try get(url, accept: accept, policy: policy, by: nil)
    }

    /// The same by `library`, or where that is nil by the system's.
    static func get(
        _ url: String,
        accept: String,
        policy: FetchPolicy,
        by library: CurlLibrary?
    ) throws(FetchError) -> [UInt8] {
        if let error = FetchURL.error(url, schemes: policy.schemes) { throw error }
        // Header injection: a line break would begin another field, a NUL would cut the text short
        // in C.
        guard accept.utf8.allSatisfy({ 0x20...0x7E ~= $0 }),
            policy.caFile?.utf8.contains(0) != true
        else { throw FetchError(.other, "the media type or the path of the CA file is malformed") }

        return try withWholeContext { () throws(FetchError) in
            let library = library ?? CurlLibrary.installed
            if let error = library.loadError { throw FetchError(.library, error) }
            // SAFETY: the body has `count` bytes until it is freed, and is copied here.
            var fetched = unsafe transfer(library, url, "Accept: " + accept, policy)
            defer { unsafe handfast_fetched_free(&fetched) }
            if let error = unsafe FetchError(fetched) { throw error }
            return unsafe [UInt8](UnsafeBufferPointer(start: fetched.body, count: fetched.count))
        }
    }

    private static func transfer(
        _ library: CurlLibrary,
        _ url: String,
        _ accept: String,
        _ policy: FetchPolicy
    ) -> handfast_fetched {
        let schemes = policy.schemes.map(\.rawValue).joined(separator: ",")
        let bounds = policy.bounds
        // SAFETY: texts and rules live until the closures return, and C keeps none of them longer
        // than its call. `allows` reads the rules as the type that they have here.
        return unsafe withUnsafePointer(to: AddressRules(policy)) { rules in
            unsafe url.withCString { url in
                unsafe accept.withCString { accept in
                    unsafe schemes.withCString { schemes in
                        unsafe withOptionalCString(policy.caFile) { caFile in
                            var wish = unsafe handfast_fetch_wish(
                                url: url,
                                accept: accept,
                                schemes: schemes,
                                ca_file: caFile,
                                bytes_max: bounds.bytes,
                                milliseconds: bounds.milliseconds,
                                redirects_max: bounds.redirects,
                                allows: allows,
                                context: rules
                            )
                            var fetched = unsafe handfast_fetched()
                            unsafe handfast_fetch(library.pointer, &wish, &fetched)
                            return unsafe fetched
                        }
                    }
                }
            }
        }
    }

    private static func withOptionalCString(
        _ text: String?,
        _ body: (UnsafePointer<CChar>?) -> handfast_fetched
    ) -> handfast_fetched {
        // SAFETY: as for `String.withCString`; the pointer does not leave the closure.
        guard let text else { return unsafe body(nil) }
        return unsafe text.withCString(body)
    }
}

/// Called by libcurl, on the thread that fetches, before each connection.
private func allows(
    _ context: UnsafeRawPointer?,
    _ bytes: UnsafePointer<UInt8>?,
    _ count: Int
) -> Int32 {
    // SAFETY: `context` is the AddressRules of this transfer; the address has `count` bytes.
    guard let context = unsafe context, let bytes = unsafe bytes else { return 0 }
    let octets = unsafe [UInt8](UnsafeBufferPointer(start: bytes, count: count))
    guard let address = InternetAddress(octets: octets) else { return 0 }
    let rules = unsafe context.assumingMemoryBound(to: AddressRules.self)
    return unsafe rules.pointee.allow(address) ? 1 : 0
}
