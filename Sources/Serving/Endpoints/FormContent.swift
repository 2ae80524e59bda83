// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import OAuth

/// The content of a request as a form.
enum FormContent {
    /// Reads the content into `form`; returns the error, or nil.
    ///
    /// `form` is overwritten by the query on the way, so that one buffer serves both. With
    /// `allowsQuery` parameters may stand in the query too: those of a browser's page.
    static func read(
        _ request: borrowing Request,
        _ bytes: Span<UInt8>,
        into form: inout FormFields,
        allowsQuery: Bool = false
    ) -> OAuthError? {
        guard request.hasFormContent(in: bytes) else {
            return .invalidRequest(
                "the content type must be application/x-www-form-urlencoded",
                check: .contentType
            )
        }
        // RFC 6749 §2.3.1, §3.2: parameters stand in the content; the query is never read for them.
        if !allowsQuery, !request.query.isEmpty,
            hasParameters(bytes.extracting(request.query), &form)
        {
            return .invalidRequest("parameters must not stand in the query", check: .query)
        }
        do throws(FormError) {
            if request.bodyPieces.isEmpty {
                try form.parse(bytes.extracting(request.body))
            } else {
                var whole: [UInt8] = []
                for piece in request.bodyPieces {
                    whole.append(contentsOf: bytes.extracting(piece))
                }
                try form.parse(whole.span)
            }
            return nil
        } catch {
            return .form(error)
        }
    }

    private static func hasParameters(_ query: Span<UInt8>, _ form: inout FormFields) -> Bool {
        do throws(FormError) {
            try form.parse(query)
            return Parameter.allCases.contains { form.range(of: $0) != nil }
        } catch {
            return true
        }
    }
}
