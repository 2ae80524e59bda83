// SPDX-License-Identifier: Apache-2.0
internal import CLinux

/// The origin of this program, as its build said it.
package enum ProgramBuild {
    /// The commit, with `-dirty` where the tree had changes beside it; "" where the build did not
    /// say.
    // SAFETY: here and below, a constant of the program that ends with NUL.
    package static var commit: String { unsafe String(cString: handfast_build_commit()) }

    /// The name and version of the Swift compiler; "" where the build did not say.
    package static var compiler: String { unsafe String(cString: handfast_build_compiler()) }
}
