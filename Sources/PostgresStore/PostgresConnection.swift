// SPDX-License-Identifier: Apache-2.0
internal import CPostgres
internal import Glibc
internal import Reactor
internal import Tables

/// One connection to PostgreSQL, of which each call ends at a moment of ours.
///
/// libpq's own functions without `Start` or `send` in their names wait without an end, and a server
/// that is frozen honours none of its own timeouts while its kernel still acknowledges: each wait
/// is a `poll` here. For one thread at a time.
@safe final class PostgresConnection {
    // SAFETY: made by PQconnectStartParams and not NULL; finished in `deinit` alone. Results that
    // are taken from it are freed by their owners.
    private let handle: OpaquePointer
    let library: PostgresLibrary
    /// The time that one answer of the server may take.
    private let milliseconds: UInt64
    /// The time by which the present one must be here, by the monotonic clock.
    private var deadline: UInt64
    /// Set by a failure after which the two sides may not agree any more.
    private(set) var hasEnded = false
    private(set) var changes = 0

    /// Connects with `parameters`, keywords of libpq; each answer may take `milliseconds`, and the
    /// connection itself as long unless told otherwise.
    ///
    /// A name of a host is resolved by the system, which may take its own time.
    init(
        _ parameters: [(keyword: String, value: String)],
        _ library: PostgresLibrary,
        milliseconds: Int,
        connecting connectMilliseconds: Int? = nil
    ) throws(PostgresError) {
        self.library = library
        self.milliseconds = UInt64(milliseconds)
        deadline = Clock.milliseconds + UInt64(connectMilliseconds ?? milliseconds)
        let keywords = CTexts(parameters.map(\.keyword)), values = CTexts(parameters.map(\.value))
        // SAFETY: both lists end with a null pointer and live until the call has returned, which
        // copies them.
        let started = unsafe withExtendedLifetime((keywords, values)) {
            unsafe library.table.pointee.connect_start(keywords.pointers, values.pointers, 0)
        }
        guard let made = unsafe started else {
            throw PostgresError(origin: .library, message: "out of memory")
        }
        unsafe handle = made
        unsafe handfast_libpq_drop_notices(library.table, handle)
        try connect()
    }

    deinit {
        unsafe library.table.pointee.finish(handle)
    }

    // MARK: Statements

    /// Runs one statement, with its arguments as `$1`, `$2`, …, unnamed: a pooler in transaction
    /// mode gives the next one to another connection.
    func query(_ sql: String, _ arguments: [SQLValue] = []) throws(PostgresError) -> PostgresRows {
        try requireOpen()
        let sent = send(sql, arguments)
        guard sent == 1 else { throw end(.connection) }
        let result = try lastResult()
        changes = result.affectedRows
        return result
    }

    // SAFETY: here and below, the connection is open as long as this object, the table of functions
    // lives as long as the process, and texts are C strings for the time of the call.

    /// Runs statements without arguments, in `milliseconds` or the usual time.
    func script(_ sql: String, milliseconds: Int? = nil) throws(PostgresError) {
        try requireOpen()
        if let milliseconds { deadline = Clock.milliseconds + UInt64(milliseconds) }
        guard unsafe library.table.pointee.send_script(handle, sql) == 1 else {
            throw end(.connection)
        }
        _ = try lastResult()
    }

    /// Whether a notification has come; does not wait.
    func takeNotification() throws(PostgresError) -> Bool {
        try requireOpen()
        guard unsafe library.table.pointee.consume_input(handle) == 1 else {
            throw end(.connection)
        }
        return takeNotifications()
    }

    /// Whether a transaction is open on it, or unknown.
    var isInTransaction: Bool {
        unsafe library.table.pointee.transaction_status(handle) != PQTRANS_IDLE
    }

    // MARK: Waiting
    // SAFETY: here and below, as with `script`.

    private func connect() throws(PostgresError) {
        var wanted = PGRES_POLLING_WRITING
        while true {
            try wait(reading: wanted == PGRES_POLLING_READING)
            wanted = unsafe library.table.pointee.connect_poll(handle)
            switch wanted {
            case PGRES_POLLING_OK:
                guard unsafe library.table.pointee.set_nonblocking(handle, 1) == 0 else {
                    throw end(.connection)
                }
                return
            case PGRES_POLLING_READING, PGRES_POLLING_WRITING: continue
            default: throw end(.connection)
            }
        }
    }

    /// Waits until the socket can be read, or be written too.
    private func wait(reading: Bool, writing: Bool = false) throws(PostgresError) {
        let socket = unsafe library.table.pointee.socket(handle)
        guard socket >= 0 else { throw end(.connection) }
        var events = Int16(0)
        if reading { events |= Int16(POLLIN) }
        if writing || !reading { events |= Int16(POLLOUT) }
        while true {
            let now = Clock.milliseconds
            guard now < deadline else { throw end(.deadline) }
            var waits = pollfd(fd: socket, events: events, revents: 0)
            // SAFETY: one element.
            let found = unsafe poll(&waits, 1, Int32(clamping: deadline - now))
            if found > 0 { return }
            guard found == 0 || errno == EINTR else { throw end(.connection) }
        }
    }

    // SAFETY: libpq copies statement and values before the call returns.

    private func send(_ sql: String, _ arguments: [SQLValue]) -> Int32 {
        let encoded = arguments.map(PostgresArgument.init)
        let types = encoded.map(\.type)
        let formats = [Int32](repeating: 1, count: encoded.count)
        let lengths = encoded.map { Int32(clamping: $0.bytes?.count ?? 0) }
        // All values in one buffer, so that no pointer outlives what it leads to.
        let buffer: [UInt8] = encoded.flatMap { $0.bytes ?? [] } + [0]
        return unsafe buffer.withUnsafeBytes { bytes in
            let start = unsafe bytes.bindMemory(to: CChar.self).baseAddress
            var values = unsafe [UnsafePointer<CChar>?]()
            var place = 0
            for argument in encoded {
                if let start = unsafe start, argument.bytes != nil {
                    unsafe values.append(start + place)
                } else {
                    unsafe values.append(nil)
                }
                place += argument.bytes?.count ?? 0
            }
            return unsafe library.table.pointee.send_query(
                handle,
                sql,
                Int32(encoded.count),
                types,
                values,
                lengths,
                formats,
                1
            )
        }
    }

    // SAFETY: here and below, as with `script`; each result is freed by its `PostgresRows`, each
    // notification at once.

    /// The result of the last statement that was sent; throws the first error.
    private func lastResult() throws(PostgresError) -> PostgresRows {
        var flushed = unsafe library.table.pointee.flush(handle)
        while flushed == 1 {
            try wait(reading: true, writing: true)
            guard unsafe library.table.pointee.consume_input(handle) == 1 else {
                throw end(.connection)
            }
            flushed = unsafe library.table.pointee.flush(handle)
        }
        guard flushed == 0 else { throw end(.connection) }
        var last: PostgresRows?
        var failure: PostgresError?
        while let result = try nextResult() {
            if let error = result.error { failure = failure ?? error } else { last = result }
        }
        if let failure {
            if failure.endsConnection { hasEnded = true }
            throw failure
        }
        guard let last else { throw end(.connection) }
        return last
    }

    private func nextResult() throws(PostgresError) -> PostgresRows? {
        while unsafe library.table.pointee.is_busy(handle) == 1 {
            try wait(reading: true)
            guard unsafe library.table.pointee.consume_input(handle) == 1 else {
                throw end(.connection)
            }
            // A large answer takes as long as it comes.
            deadline = max(deadline, Clock.milliseconds + milliseconds)
        }
        return unsafe library.table.pointee.get_result(handle).map {
            unsafe PostgresRows($0, library)
        }
    }

    // SAFETY: as above.

    private func takeNotifications() -> Bool {
        var hasCome = false
        while let notification = unsafe library.table.pointee.notifies(handle) {
            unsafe library.table.pointee.free_memory(notification)
            hasCome = true
        }
        return hasCome
    }

    /// Has the time of the next answer begin.
    private func requireOpen() throws(PostgresError) {
        guard hasEnded else {
            deadline = Clock.milliseconds + milliseconds
            return
        }
        throw PostgresError(origin: .connection, message: "the connection has ended")
    }

    /// Marks the connection as one that cannot be used again.
    private func end(_ origin: PostgresError.Origin) -> PostgresError {
        hasEnded = true
        if origin == .deadline {
            return PostgresError(origin: origin, message: "no answer in time")
        }
        // SAFETY: a C string of the connection, copied at once.
        let said = unsafe library.table.pointee.error_message(handle).map {
            unsafe String(cString: $0)
        }
        return PostgresError(origin: origin, message: PostgresRows.line(said ?? ""))
    }
}

/// Texts as C strings, and the null pointer that ends the list.
@safe private final class CTexts {
    // SAFETY: made by strdup and freed in `deinit` alone.
    private let texts: [UnsafeMutablePointer<CChar>?]

    var pointers: [UnsafePointer<CChar>?] {
        unsafe texts.map { unsafe $0.map { unsafe UnsafePointer($0) } } + [nil]
    }

    init(_ texts: [String]) {
        unsafe self.texts = texts.map { unsafe strdup($0) }
    }

    deinit {
        for index in unsafe texts.indices { unsafe free(texts[index]) }
    }
}
