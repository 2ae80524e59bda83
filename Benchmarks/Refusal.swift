/// Why nothing (more) is measured: one sentence that says what was wrong and what to do.
struct Refusal: Error, Equatable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
