internal import CLinux
internal import Glibc

/// A port that nothing listens on just now.
enum FreePort {
    static func choose() throws(Refusal) -> UInt16 {
        let descriptor = unsafe handfast_listen("127.0.0.1", 0, 1, 1)
        guard descriptor >= 0 else {
            throw Refusal("no free port: \(SystemMessage.text(-descriptor))")
        }
        defer { close(descriptor) }
        let port = handfast_local_port(descriptor)
        guard port > 0, port <= 65_535 else { throw Refusal("no free port") }
        return UInt16(port)
    }
}
