internal import FoundationEssentials

/// The JSON that one run writes and a later one compares with.
enum ResultFile {
    static func text(_ measurements: Measurements) throws(Refusal) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(measurements) else {
            throw Refusal("the results cannot be written as JSON")
        }
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    static func read(_ path: String) throws(Refusal) -> Measurements {
        try parse(try Files.read(path, as: "the baseline"), named: path)
    }

    static func parse(_ text: String, named path: String) throws(Refusal) -> Measurements {
        struct Version: Decodable {
            let format: Int
        }
        let data = Data(text.utf8)
        guard let version = try? JSONDecoder().decode(Version.self, from: data) else {
            throw Refusal("'\(path)' (--baseline) is not a result file; --json FILE writes one")
        }
        guard version.format == Measurements.currentFormat else {
            throw Refusal(
                "'\(path)' (--baseline) has format \(version.format), this program reads "
                    + "\(Measurements.currentFormat); measure the baseline again"
            )
        }
        do {
            return try JSONDecoder().decode(Measurements.self, from: data)
        } catch {
            throw Refusal("'\(path)' (--baseline) is damaged: \(error)")
        }
    }
}
