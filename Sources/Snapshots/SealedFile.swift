// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Reactor

/// A file of frames, each sealed (AES-256-GCM) under a key of this file alone, which follows from
/// the node's key and a random salt (HKDF).
///
/// One process writes a file from its beginning on and never opens one again to write, so that the
/// number of a frame is its nonce. A frame in another place, of another file, or without the
/// frames before it does not open.
final class SealedFileWriter {
    /// So many bytes are written so far.
    private(set) var count: Int
    private let path: String
    private let file: Descriptor
    private let cipher: AuthenticatedCipher
    private var frames: UInt64 = 0

    /// Makes the file at `path`, which replaces a leftover there, for its owner alone.
    init(_ path: String, key: [UInt8], purpose: String) throws {
        self.path = path
        let salt = try RandomBytes.make(SealedFileFormat.saltCount)
        cipher = try SealedFileFormat.cipher(key, salt, purpose)
        DataFile.remove(path)
        file = try DataFile.create(path)
        let head = SealedFileFormat.magic + salt
        try DataFile.append(head.span, to: file, path)
        count = head.count
    }

    /// Appends a frame.
    func append(_ frame: [UInt8]) throws {
        var sealed: [UInt8] = []
        let (nonce, associated) = (SealedFileFormat.nonce(frames), [UInt8]())
        try cipher.seal(frame.span, nonce: nonce.span, associated: associated.span, to: &sealed)
        frames += 1
        let length = SealedFileFormat.length(sealed.count)
        try DataFile.append((length + sealed).span, to: file, path)
        count += length.count + sealed.count
    }

    /// Makes the frames durable.
    func sync() throws { try DataFile.sync(file, path) }

    /// Gives the file its name, in place of the one that has it.
    func publish(as name: String) throws {
        try sync()
        try DataFile.replace(name, by: path)
    }
}

/// Reads frames in their order, until the file ends or one is not that of its writer.
final class SealedFileReader {
    private let path: String
    private let file: Descriptor
    private var cipher: AuthenticatedCipher?
    private var buffer: [UInt8] = []
    private var place = 0
    private var frames: UInt64 = 0
    /// Whether a frame did not open, or bytes at the end make no whole one: behind it nothing is
    /// read.
    private(set) var isDamaged = false

    private static let blockCount = 1 << 20

    /// The file is none of this node's, or was changed.
    struct ForeignFileError: Error {}

    /// Opens the file at `path`; throws `SystemError` where there is none, and `ForeignFileError`
    /// where none of the keys has sealed its first frame.
    init(_ path: String, keys: [[UInt8]], purpose: String) throws {
        self.path = path
        file = Descriptor(owning: try DataFile.openPlain(path))
        let magic = SealedFileFormat.magic
        guard try fill(magic.count + SealedFileFormat.saltCount), buffer.starts(with: magic) else {
            throw ForeignFileError()
        }
        place = magic.count + SealedFileFormat.saltCount
        let salt = Array(buffer[magic.count..<place])
        guard let first = try sealedFrame() else { throw ForeignFileError() }
        for key in keys where cipher == nil {
            let candidate = try SealedFileFormat.cipher(key, salt, purpose)
            if SealedFileFormat.open(first, frame: 0, candidate) != nil { cipher = candidate }
        }
        guard cipher != nil else { throw ForeignFileError() }
    }

    /// The next frame; nil at the end, and where the rest is torn or was changed.
    func next() throws -> [UInt8]? {
        guard let cipher else { return nil }
        guard let sealed = try sealedFrame() else {
            isDamaged = place < buffer.count
            return nil
        }
        guard let frame = SealedFileFormat.open(sealed, frame: frames, cipher) else {
            isDamaged = true
            return nil
        }
        frames += 1
        place += SealedFileFormat.lengthCount + sealed.count
        return frame
    }

    /// The next frame as it stands in the file.
    private func sealedFrame() throws -> ArraySlice<UInt8>? {
        guard try fill(SealedFileFormat.lengthCount) else { return nil }
        let count = SealedFileFormat.count(buffer, at: place)
        guard count <= SealedFileFormat.frameMax,
            try fill(SealedFileFormat.lengthCount + count)
        else { return nil }
        let begin = place + SealedFileFormat.lengthCount
        return buffer[begin..<begin + count]
    }

    /// Has so many bytes stand in the buffer from `place` on; false where the file ends before.
    private func fill(_ count: Int) throws -> Bool {
        if buffer.count - place < count, place > 0 {
            buffer.removeFirst(place)
            place = 0
        }
        while buffer.count - place < count {
            let block = try SystemCall.read(file.number, upTo: Self.blockCount, of: path)
            guard !block.isEmpty else { return false }
            buffer += block
        }
        return true
    }
}

private enum SealedFileFormat {
    static let magic = Array("handfast snapshot 1\n".utf8)
    static let saltCount = 32
    static let lengthCount = 4
    /// No frame of a writer comes near: a length beyond it is none.
    static let frameMax = 1 << 28

    static func cipher(
        _ key: [UInt8],
        _ salt: [UInt8],
        _ purpose: String
    ) throws -> AuthenticatedCipher {
        try AuthenticatedCipher(
            key: KeyDerivation.hkdf(
                secret: key,
                salt: salt,
                purpose: Array("handfast snapshot file 1 \(purpose)".utf8),
                count: AuthenticatedCipher.keyCount
            )
        )
    }

    static func nonce(_ frame: UInt64) -> [UInt8] {
        [0, 0, 0, 0] + bytes(frame, count: 8)
    }

    static func open(
        _ sealed: ArraySlice<UInt8>,
        frame: UInt64,
        _ cipher: AuthenticatedCipher
    ) -> [UInt8]? {
        var out: [UInt8] = []
        let (nonce, associated) = (nonce(frame), [UInt8]())
        let isOpened = cipher.open(
            sealed.span,
            nonce: nonce.span,
            associated: associated.span,
            into: &out
        )
        return isOpened ? out : nil
    }

    static func length(_ count: Int) -> [UInt8] { bytes(UInt64(count), count: lengthCount) }

    static func count(_ buffer: [UInt8], at place: Int) -> Int {
        buffer[place..<place + lengthCount].reduce(0) { $0 << 8 | Int($1) }
    }

    private static func bytes(_ number: UInt64, count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * (count - 1 - $0))) }
    }
}
