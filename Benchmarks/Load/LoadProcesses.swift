// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import FoundationEssentials
internal import Glibc

/// A load from several processes of this program, each with its share of connections, clients and
/// rate.
///
/// They meet through files of one temporary folder: `N.plan` is what process N does, `N.ready`
/// appears when it could start, `start` lets all of them start, and `N.result` is what it saw.
enum LoadProcesses {
    /// Runs a plan and joins what the processes saw; one process is this one.
    static func run(
        _ plan: LoadPlan,
        processes: Int,
        progress: Progress
    ) throws(BenchmarkError) -> LoadResult {
        guard processes > 1 else { return try LoadThreads.run(plan, progress: progress) }
        let folder = try TemporaryFolder()
        var children: [ChildProcess] = []
        for process in 0..<processes {
            let path = folder.path("\(process)")
            let part = plan.share(ofProcess: process, among: processes)
            // Private keys of clients stand in it.
            try Files.write(try text(part), to: path + ".plan", mode: 0o600)
            children.append(
                try ChildProcess(
                    ["/proc/self/exe", "--worker", path],
                    output: "",
                    errors: path + ".errors"
                )
            )
        }
        try wait(for: children, folder, "ready", progress: nil)
        for (process, child) in children.enumerated()
        where !Files.exists(folder.path("\(process).ready")) {
            let status = child.exitStatus(wait: true) ?? 1
            _ = try result(of: folder.path("\(process)"), status: status)
        }
        try Files.write("", to: folder.path("start"))
        progress.begin()
        try wait(for: children, folder, "result", progress: progress)
        progress.clear()
        var parts: [LoadResult] = []
        for (process, child) in children.enumerated() {
            let status = child.exitStatus(wait: true) ?? 1
            parts.append(try result(of: folder.path("\(process)"), status: status))
        }
        return LoadResult.joined(parts)
    }

    /// Carries out the plan `path.plan` as one of several processes.
    static func work(_ path: String) throws(BenchmarkError) {
        _ = handfast_raise_descriptor_limit()
        Interruption.watchParent()
        let start = path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex) + "/start"
        let outcome = Result { () throws(BenchmarkError) in
            let plan: LoadPlan = try value(
                try Files.read(path + ".plan", as: "the plan of a load process")
            )
            return try LoadThreads.run(plan) { () throws(BenchmarkError) in
                try Files.write("", to: path + ".ready")
                while !Files.exists(String(start)) {
                    if Interruption.happened { throw BenchmarkError("interrupted") }
                    usleep(1_000)
                }
            }
        }
        let answer: WorkerAnswer =
            switch outcome {
            case .success(let result): .result(result)
            case .failure(let refusal): .refusal(refusal.description)
            }
        // SAFETY: the paths are C strings for the time of the call. The file is whole as soon as it
        // has its name.
        try Files.write(try text(answer), to: path + ".partial")
        guard unsafe rename(path + ".partial", path + ".result") == 0 else {
            throw BenchmarkError("cannot write '\(path).result': \(SystemMessage.last())")
        }
    }

    /// Waits until every process has written a file, or has ended.
    private static func wait(
        for children: [ChildProcess],
        _ folder: TemporaryFolder,
        _ suffix: String,
        progress: Progress?
    ) throws(BenchmarkError) {
        for (process, child) in children.enumerated() {
            while !Files.exists(folder.path("\(process).\(suffix)")),
                child.exitStatus(wait: false) == nil
            {
                if Interruption.happened { throw BenchmarkError("interrupted") }
                usleep(2_000)
                progress?.show([])
            }
        }
    }

    private static func result(of path: String, status: Int32) throws(BenchmarkError) -> LoadResult
    {
        guard Files.exists(path + ".result") else {
            let said = (try? Files.read(path + ".errors", as: "the errors")) ?? ""
            throw BenchmarkError("a load process ended with \(status): \(said.suffix(600))")
        }
        let answer: WorkerAnswer = try value(
            try Files.read(path + ".result", as: "the result of a load process")
        )
        switch answer {
        case .result(let result): return result
        case .refusal(let reason): throw BenchmarkError(reason)
        }
    }

    private static func text(_ value: some Encodable) throws(BenchmarkError) -> String {
        guard let data = try? JSONEncoder().encode(value) else {
            throw BenchmarkError("the plan of a load process cannot be written as JSON")
        }
        return String(decoding: data, as: UTF8.self)
    }

    private static func value<T: Decodable>(_ text: String) throws(BenchmarkError) -> T {
        do {
            return try JSONDecoder().decode(T.self, from: Data(text.utf8))
        } catch {
            throw BenchmarkError("a load process's file is damaged: \(error)")
        }
    }
}

/// The last word of a load process.
private enum WorkerAnswer: Codable {
    case result(LoadResult)
    case refusal(String)
}
