// SPDX-License-Identifier: Apache-2.0
/// A list of values that spaces separate, each of them once, as configuration keys have it.
enum DistinctValues {
    /// The values in their order; `noun` names one of them, `form` says how the list is written.
    static func parse<Value: Equatable>(
        _ text: String,
        _ noun: String,
        form: String,
        most: Int,
        _ parse: (String) throws(ValueRefusal) -> Value,
        text spelling: (Value) -> String
    ) throws(ValueRefusal) -> [Value] {
        var values: [Value] = []
        for word in text.split(separator: " ") {
            let value = try parse(String(word))
            guard !values.contains(value) else {
                throw ValueRefusal("has the \(noun) \(spelling(value)) twice")
            }
            values.append(value)
        }
        guard !values.isEmpty else { throw ValueRefusal("has no \(noun)", allowed: form) }
        guard values.count <= most else {
            throw ValueRefusal("has \(values.count) \(noun)s", allowed: "at most \(most)")
        }
        return values
    }
}
