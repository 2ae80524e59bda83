# SPDX-License-Identifier: Apache-2.0
"""axe-core on a page of Chromium: what keeps people out (https://github.com/dequelabs/axe-core)."""

from pathlib import Path

import axe_core_python

AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text()
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def begin_pages_with_axe(browser):
    """Has every page of the browser begin with axe, whatever its policy says."""
    browser.devtools("Page.enable")
    browser.devtools("Page.addScriptToEvaluateOnNewDocument", source=AXE)


def violations(browser):
    """What axe finds on the page, in lines."""
    assert browser.run("return typeof axe") == "object"
    outcome = browser.later(
        "const done = arguments[arguments.length - 1];"
        "axe.run(document, arguments[0]).then(done, (error) => done({error: String(error)}));",
        RULES,
    )
    assert "error" not in outcome, outcome
    assert len(outcome["passes"]) > 5
    return [
        f"{one['id']}: {one['help']}: {node['html'][:160]} {node['failureSummary']}"
        for one in outcome["violations"] for node in one["nodes"]
    ]  # fmt: skip
