// SPDX-License-Identifier: Apache-2.0
@testable import HTTP

/// The first byte chooses the format, then come lines with the values of its fields.
///
/// They stand in the order of `ClientCertificateFieldNames.all`, an empty one for a field that is
/// not there; other fields come after them as `name:value`.
///
/// Promises: what is read is inside the bounds and is DER from end to end; written again as the
/// format wants it, it is read the same; names have no case and fields no order; a field twice or
/// under an alias is refused; the scanner sees every field.
enum CertificateFieldsTarget {
    private static let scanner = CertificateHeaderScanner(everyFormatAnd: [])

    static func test(_ input: [UInt8]) {
        guard let first = input.first else { return }
        let formats = ClientCertificateFormat.allCases
        let format = formats[Int(first) % formats.count]
        let names = format.names.all.map(\.description)
        var fields = FieldLines()
        var isPlain = true
        for (index, line) in lines(input.dropFirst()).enumerated() {
            if index < names.count {
                if !line.isEmpty { fields.append(Array(names[index].utf8), line) }
            } else if let colon = line.firstIndex(of: UInt8(ascii: ":")), index < 40 {
                fields.append(Array(line[..<colon]), Array(line[(colon + 1)...]))
                isPlain = false
            }
        }
        let reader = ClientCertificateReader(format)
        let reading = fields.reading(reader)
        let others = fields.turned
        claim(others.reading(reader).isSame(reading), "names have no case and fields no order")
        guard case .read(let found) = reading else { return }
        check(found, format)
        checkAgain(found, format)
        let present = scanner.present(in: fields.fields, fields.bytes.span)
        claim(present.contains(format.names.certificate) || present.count > 0, "fields are seen")
        guard isPlain, let value = fields.fields.first else { return }
        var repeated = fields
        repeated.append(Array(fields.bytes[value.name]), [])
        claim(!repeated.reading(reader).isRead, "a field twice is refused")
        guard fields.bytes[value.name].contains(UInt8(ascii: "-")) else { return }
        var alias = fields
        alias.append(fields.bytes[value.name].map { $0 == 0x2d ? 0x5f : $0 }, [])
        claim(!alias.reading(reader).isRead, "a field under an alias is refused")
    }

    private static func check(
        _ found: ForwardedClientCertificate,
        _ format: ClientCertificateFormat
    ) {
        let all = [found.leaf] + found.chain
        claim(found.chain.count <= ClientCertificateReader.chainMax, "the chain is not too long")
        let size = all.reduce(0) { $0 + $1.count }
        claim(size <= ClientCertificateReader.bytesMax, "the certificates are not too large")
        for der in all { claim(isSequence(der), "a certificate is one sequence") }
        claim(found.leafDigest.map { $0.count == 32 } ?? true, "a digest has 32 octets")
        switch found.verification {
        case .notGiven: claim(!format.hasVerification, "a verification was asked for")
        case .accepted, .refused, .absent:
            claim(format.hasVerification, "the format has a verification")
        }
    }

    private static func checkAgain(
        _ found: ForwardedClientCertificate,
        _ format: ClientCertificateFormat
    ) {
        var fields = FieldLines()
        for (name, text) in format.written(found) {
            guard let name else { continue }
            fields.append(Array(name.description.utf8), Array(text.utf8))
        }
        // Escapes may be longer than what was read; a longer field may be too long.
        guard fields.bytes.count <= ClientCertificateReader.bytesMax else { return }
        guard case .read(let again) = fields.reading(ClientCertificateReader(format)) else {
            return claim(false, "what was read can be written")
        }
        claim(again.leaf == found.leaf && again.chain == found.chain, "and is read the same")
    }

    private static func isSequence(_ der: [UInt8]) -> Bool {
        guard der.count >= 2, der[0] == 0x30 else { return false }
        guard der[1] >= 0x80 else { return der.count == 2 + Int(der[1]) }
        let octets = Int(der[1] & 0x7f)
        guard (1...2).contains(octets), der.count > 2 + octets else { return false }
        return der.count == 2 + octets + der[2..<2 + octets].reduce(0) { $0 << 8 | Int($1) }
    }
}

/// Fields as a request has them: ranges into one buffer.
struct FieldLines {
    private(set) var bytes: [UInt8] = []
    private(set) var fields: [HeaderField] = []

    enum Reading {
        case read(ForwardedClientCertificate)
        case nothing
        case refused

        var isRead: Bool { if case .read = self { true } else { false } }

        func isSame(_ other: Reading) -> Bool {
            switch (self, other) {
            case (.read(let a), .read(let b)): a == b
            case (.nothing, .nothing), (.refused, .refused): true
            default: false
            }
        }
    }

    mutating func append(_ name: [UInt8], _ value: [UInt8]) {
        let start = bytes.count
        bytes += name + value
        let middle = start + name.count
        fields.append(HeaderField(name: start..<middle, value: middle..<bytes.count))
    }

    /// The fields from the last to the first, their names in capitals.
    var turned: FieldLines {
        var turned = FieldLines()
        for field in fields.reversed() {
            let name = bytes[field.name].map { 0x61...0x7a ~= $0 ? $0 - 0x20 : $0 }
            turned.append(name, Array(bytes[field.value]))
        }
        return turned
    }

    func reading(_ reader: ClientCertificateReader) -> Reading {
        do throws(ClientCertificateFieldError) {
            guard let found = try reader.read(fields, bytes.span) else { return .nothing }
            return .read(found)
        } catch {
            return .refused
        }
    }
}
