internal import Glibc

/// Small files, whole. Not for a reactor's thread.
public enum DataFile {
    /// No certificate or key file is larger.
    private static let bytesMax = 1 << 20

    /// Whether something is at `path`.
    public static func exists(_ path: String) -> Bool {
        unsafe access(path, F_OK) == 0
    }

    /// The file's bytes; refuses a file of more than 1 MiB.
    public static func read(_ path: String) throws(SystemError) -> [UInt8] {
        let number = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw SystemError("reading \(path)", code: errno) }
        let file = Descriptor(owning: number)
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            // SAFETY: at most the buffer's length is written.
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe Glibc.read(file.number, $0.baseAddress, $0.count)
            }
            if count == 0 { return bytes }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw SystemError("reading \(path)", code: errno)
            }
            bytes += buffer[..<count]
            guard bytes.count <= bytesMax else {
                throw SystemError("reading \(path)", code: EFBIG)
            }
        }
    }

    /// Writes a new file durably: complete under its name, or not there. A private one only its owner reads.
    public static func write(
        _ bytes: [UInt8], to path: String, isPrivate: Bool
    ) throws(SystemError) {
        let partial = path + ".partial"
        // A rest of an interrupted attempt.
        _ = unsafe unlink(partial)
        let number = unsafe open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, isPrivate ? 0o600 : 0o644)
        guard number >= 0 else { throw SystemError("writing \(path)", code: errno) }
        let file = Descriptor(owning: number)
        guard SystemCall.write(file.number, bytes.span), fsync(file.number) == 0,
            unsafe rename(partial, path) == 0
        else { throw SystemError("writing \(path)", code: errno) }
    }
}
