// SPDX-License-Identifier: Apache-2.0
extension ConsoleScript {
    /// Reads the numbers of an open page anew, unless it is paused or nobody sees it.
    ///
    /// The markup is the console's own, escaped where it was made.
    static let living = """
        for (const live of document.querySelectorAll("[data-live]")) {
          const button = document.createElement("button");
          button.type = "button";
          button.className = "second";
          button.textContent = "Pause";
          const state = document.createElement("p");
          state.setAttribute("role", "status");
          let paused = false;
          button.addEventListener("click", () => {
            paused = !paused;
            button.textContent = paused ? "Go on" : "Pause";
          });
          document.querySelector(".heading .actions")?.append(button);
          live.before(state);
          const read = async () => {
            if (!paused && !document.hidden) {
              try {
                const answer = await fetch(live.dataset.live, {cache: "no-store"});
                if (!answer.ok) throw new Error(String(answer.status));
                live.innerHTML = (await answer.json()).markup;
                state.textContent = "";
              } catch {
                const said = "The server does not answer: these are its last numbers.";
                if (state.textContent !== said) state.textContent = said;
              }
            }
            setTimeout(read, 2000);
          };
          setTimeout(read, 2000);
        }

        """
}
