// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Lets a test's thread wait for a time that has to pass.
package func pause(milliseconds: UInt32) {
    usleep(milliseconds * 1_000)
}
