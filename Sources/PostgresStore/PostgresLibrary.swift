// SPDX-License-Identifier: Apache-2.0
internal import CPostgres

/// libpq, loaded at run time and not linked: a server with a store of its own needs none.
@safe struct PostgresLibrary {
    // SAFETY: points to a table that is written before it is handed out, and that is never freed.
    let table: UnsafePointer<handfast_libpq>

    /// The system's libpq; the first use, on any thread, loads it.
    static func installed() throws(PostgresError) -> PostgresLibrary {
        let library = unsafe PostgresLibrary(table: handfast_libpq_installed())
        if let problem = unsafe handfast_libpq_problem(library.table) {
            let reason = unsafe String(cString: problem)
            throw PostgresError(
                origin: .library,
                message: "libpq cannot be used (\(reason)); install the package libpq5"
            )
        }
        return library
    }
}
