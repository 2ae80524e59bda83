/// The parts of an answer, each by itself in this process.
enum InProcessRungs {
    static func measure(rounds: Int) throws(Refusal) -> [Rung] { [] }
}
