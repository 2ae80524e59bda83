# SPDX-License-Identifier: Apache-2.0
"""Every page for everybody: axe finds nothing, the keyboard reaches all, and 320 pixels suffice."""

import pytest

from axe import violations
from consoles import kind_of

NARROW = 320
WIDTHS = [NARROW, 360, 414, 520, 639, 641, 800, 1024, 1200, 1600]

# The elements that the keyboard must reach: shown, enabled, and not taken out of the order.
REACHABLE = """
window.stops = [];
document.addEventListener("focusin", (event) => {
  const one = event.target, box = one.getBoundingClientRect(), style = getComputedStyle(one);
  delete one.dataset.wanted;
  // The parts of a date are shown by the browser itself.
  const outline = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const shown = box.width > 0 && box.height > 0 && box.bottom > 0 && box.right > 0;
  if (!shown || !(outline || one.type === "date")) stops.push(one.outerHTML.slice(0, 120));
});
return [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
  .filter((one) => one.type !== "hidden" && !one.disabled && one.tabIndex >= 0
    && one.checkVisibility())
  .map((one) => { one.dataset.wanted = "yes"; return one.type; });
"""
LEFT = """
return [...document.querySelectorAll("[data-wanted]")].map((one) => one.outerHTML.slice(0, 120));
"""
# Elements that stick out of the page, but for those within something that scrolls by itself.
WIDE = """
const width = document.documentElement.clientWidth;
const scrolls = (one) => one && one !== document.body && (
  ["auto", "scroll", "hidden"].includes(getComputedStyle(one).overflowX)
  || scrolls(one.parentElement));
return {
  page: document.documentElement.scrollWidth - width,
  // An element that is wider than its part of the page reaches into the one beside it.
  spilt: [...document.querySelectorAll(".card, .notice, .field, label, dd, td > div")]
    .filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1
      && !scrolls(one) && getComputedStyle(one).display !== "inline")
    .map((one) => one.outerHTML.slice(0, 120)),
  out: [...document.querySelectorAll("body *")].filter((one) => one.checkVisibility()
    && one.getBoundingClientRect().right > width + 1 && !scrolls(one))
    .map((one) => one.outerHTML.slice(0, 120)),
};
"""


@pytest.fixture
def addresses(estate, plain, window, axe):
    return [window.console.home + one for one in plain.crawl(most=1)]


@pytest.mark.endurance
@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", NARROW)])
def test_axe_finds_nothing(addresses, window, scheme, width):
    window.prefer(scheme)
    window.resize(width)
    found = {}
    for address in addresses:
        window.open(address)
        if said := violations(window):
            found[address] = said
    assert not found, "\n".join(f"{page}\n  " + "\n  ".join(said) for page, said in found.items())
    assert window.complaints == []


@pytest.mark.endurance
def test_the_keyboard_reaches_everything_and_shows_where_it_is(addresses, window):
    window.prefer("light")
    window.resize(1200)
    missed = []
    for address in addresses:
        window.open(address)
        wanted = window.run(REACHABLE)
        # A date has stops within, and what scrolls is one of its own.
        for _ in range(len(wanted) + 8 + 4 * wanted.count("date")):
            window.key("Tab")
        missed += [(address, "cannot be seen", one) for one in window.run("return stops")]
        missed += [(address, "not reached", one) for one in window.run(LEFT)]
    assert not missed, "\n".join(map(str, missed))


def test_the_first_key_offers_to_skip_the_navigation(addresses, window):
    for address in addresses:
        window.open(address)
        window.key("Tab")
        first = window.run("return document.activeElement.textContent.trim()")
        assert first == "Skip to the content"
        window.key("Enter")
        assert window.run("return document.activeElement.tagName") == "MAIN"
        window.key("Tab")
        within = window.run("return document.activeElement.closest('nav, header') === null")
        assert within, address


@pytest.mark.endurance
def test_a_window_of_any_width_scrolls_in_one_direction_alone(addresses, window):
    wide = []
    for address in addresses:
        window.open(address)
        for width in WIDTHS:
            window.resize(width)
            found = window.run(WIDE)
            if found["page"] > 0 or found["out"] or found["spilt"]:
                wide.append((address, width, found))
    assert not wide, "\n".join(map(str, wide))


def test_every_page_has_a_language_a_title_one_heading_and_its_landmarks(pages, plain):
    reader = plain
    titles = {}
    for address in pages:
        reader.open(address)
        page = reader.page
        assert reader.answer.body.startswith(b"<!DOCTYPE html>\n")
        assert page.one("html")["lang"] == "en"
        heading, title = page.one("h1").text, page.one("head").one("title").text
        assert heading and title.startswith(heading), (heading, title)
        for landmark in ("header", "nav", "main", "footer"):
            assert len([one for one in page.all(landmark)]) >= 1, (address, landmark)
        levels = [int(one.tag[1]) for one in page.nodes if one.tag in ("h1", "h2", "h3", "h4")]
        assert levels[0] == 1 and levels.count(1) == 1
        assert all(after - before <= 1 for before, after in zip(levels, levels[1:])), levels
        titles.setdefault(title, set()).add(kind_of(address)[0])
    # The list of clients is the first page (`*`), too.
    alike = {title: kinds for title, kinds in titles.items() if len(kinds - {"*"}) > 1}
    assert not alike, alike


def test_every_field_has_a_label(pages, plain):
    reader = plain
    for address in pages:
        reader.open(address)
        page = reader.page
        labelled = {one.get("for") for one in page.all("label")}
        for control in page.nodes:
            if control.tag not in ("input", "select", "textarea"):
                continue
            if control.get("type") == "hidden":
                continue
            assert control.get("id") in labelled or control.get("aria-label"), (address, control)
        for button in page.all("button"):
            assert button.text or button.get("aria-label"), (address, button)
