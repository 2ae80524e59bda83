// SPDX-License-Identifier: Apache-2.0
extension ConsolePage {
    /// All pages of the console; a new one is one file beside this, and one line here.
    package static var all: [ConsolePage] {
        ClientListPage.pages
    }
}
