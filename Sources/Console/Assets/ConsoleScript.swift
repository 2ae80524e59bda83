// SPDX-License-Identifier: Apache-2.0
/// The script, for that alone which pages cannot do without one.
///
/// Copies a text at a button's click, and reads a file that was dropped on a text field.
enum ConsoleScript {
    static let text = opening + copying + dropping + living + ending

    private static let opening = """
        "use strict";
        (() => {

        """

    private static let copying = """
        for (const source of document.querySelectorAll("[data-copy]")) {
          const button = document.createElement("button");
          button.type = "button";
          button.className = "copy";
          button.textContent = "Copy";
          const name = source.dataset.copy;
          button.setAttribute("aria-label", "Copy " + name);
          const state = document.createElement("span");
          state.className = "unseen";
          state.setAttribute("role", "status");
          button.addEventListener("click", async () => {
            try {
              await navigator.clipboard.writeText(source.textContent.trim());
              button.textContent = "Copied";
              state.textContent = name + " copied";
            } catch {
              const range = document.createRange();
              range.selectNodeContents(source);
              getSelection().removeAllRanges();
              getSelection().addRange(range);
              button.textContent = "Selected";
              state.textContent = name + " selected; copy it with the keyboard";
            }
          });
          source.after(" ", button, state);
        }

        """

    private static let dropping = """
        for (const area of document.querySelectorAll("[data-drop]")) {
          const picker = document.getElementById(area.dataset.drop);
          area.addEventListener("dragover", (event) => {
            event.preventDefault();
            area.classList.add("drop");
          });
          area.addEventListener("dragleave", () => area.classList.remove("drop"));
          area.addEventListener("drop", (event) => {
            area.classList.remove("drop");
            if (!event.dataTransfer.files.length) return;
            event.preventDefault();
            picker.files = event.dataTransfer.files;
            picker.focus();
          });
        }

        """

    private static let ending = """
        })();

        """
}
