// SPDX-License-Identifier: Apache-2.0
internal import CCurl
internal import COpenSSL

/// libcurl, loaded at run time and not linked: a server that fetches nothing needs none.
@safe struct CurlLibrary {
    let pointer: OpaquePointer

    /// The system's libcurl; the first use, on any thread, loads it.
    static var installed: CurlLibrary {
        // SAFETY: it lives as long as the process, and nothing writes to it after the first call.
        unsafe CurlLibrary(pointer: handfast_curl_installed())
    }

    /// Why libcurl cannot be used, with the remedy; nil where it can.
    var loadError: String? {
        // SAFETY: the text lives as long as the library's record.
        unsafe handfast_curl_problem(pointer).map {
            "libcurl cannot be used (\(unsafe String(cString: $0))); install the package libcurl4"
        }
    }
}

extension Fetch {
    /// Why fetching is impossible here, with the remedy; nil where libcurl is available.
    ///
    /// The first call loads libcurl, which takes some milliseconds, unless a fetch has done so.
    public static var libraryError: String? {
        withWholeContext { CurlLibrary.installed.loadError }
    }

    /// Calls `body` with OpenSSL's full library context as this thread's default.
    static func withWholeContext<Value, Failure: Error>(
        _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        // SAFETY: OpenSSL's default library context is that of this thread alone here, and it is
        // set back before the thread does anything else. The whole context is never freed; where
        // there is none, both calls change nothing.
        let before = unsafe OSSL_LIB_CTX_set0_default(handfast_library())
        // Clears OpenSSL's error queue, so that this thread's next call does not report these
        // errors.
        defer {
            unsafe OSSL_LIB_CTX_set0_default(before)
            ERR_clear_error()
        }
        return try body()
    }
}
