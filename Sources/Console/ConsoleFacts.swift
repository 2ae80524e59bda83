// SPDX-License-Identifier: Apache-2.0
/// The facts that the frame of each page shows of the console itself.
package struct ConsoleFacts: Sendable {
    /// The address of the server's administrative listener.
    package let server: String
    /// The version of this program.
    package let version: String
    /// The name of the system's user who runs the console.
    package let user: String

    /// Facts for the frame of pages.
    package init(server: String, version: String, user: String) {
        (self.server, self.version, self.user) = (server, version, user)
    }
}
