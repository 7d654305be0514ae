"""What axe-core says of a page in both colours and on a phone, and walking to a control by keyboard alone."""

from collections.abc import Iterable, Mapping
from typing import Literal

from playwright.sync_api import Page, ViewportSize

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
# What the colours of the reader can change; everything else was looked at in light.
_COLOURED = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}
COLOURS: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_PHONE: ViewportSize = {"width": 400, "height": 860}
_DESK: ViewportSize = {"width": 1280, "height": 900}


def violations(page: Page, axe: str, options: Mapping[str, object] = RULES) -> list[str]:
    """Return what axe-core finds, one line each with the elements."""
    # Through the debugger's own world: the page's policy stays in force.
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(axe)
    found = page.evaluate(
        "options => axe.run(document, options).then(r => r.violations.map(v => v.id + ': ' + v.help + ' '"
        " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(' | ')))",
        options,
    )
    return [str(line) for line in found]


def in_both_colours(page: Page, axe: str) -> list[str]:
    """Return what axe-core finds in light, and of that what colours can change in dark too, at the present width."""
    found = []
    for colours in COLOURS:
        page.emulate_media(color_scheme=colours, reduced_motion="reduce")
        options = RULES if colours == COLOURS[0] else _COLOURED
        found += [f"{colours}: {line}" for line in violations(page, axe, options)]
    return found


def on_a_phone(page: Page, axe: str) -> list[str]:
    """Return what is wrong at 400 px, sideways scrolling among it; the page is left at the width of a desk."""
    page.set_viewport_size(_PHONE)
    found = [f"phone: {line}" for line in violations(page, axe)]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("phone: scrolls sideways")
    page.set_viewport_size(_DESK)
    return found


def faults(page: Page, axe: str) -> list[str]:
    """Return everything that is wrong with the page as it stands: both colours, and a phone."""
    return in_both_colours(page, axe) + on_a_phone(page, axe)


def faults_of(page: Page, axe: str, addresses: Iterable[str]) -> dict[str, list[str]]:
    """Visit each address and return the faults of those that have any."""
    found = {}
    for address in addresses:
        page.goto(address)
        found[address] = faults(page, axe)
    return {address: lines for address, lines in found.items() if lines}


def reach(page: Page, name: str, most: int = 80) -> None:
    """Press Tab until the control whose name begins so has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        here = page.evaluate(
            "() => { const e = document.activeElement;"
            " return (e.getAttribute('aria-label') || e.labels?.[0]?.innerText || e.innerText || '').trim(); }"
        )
        if here.startswith(name):
            return
    raise AssertionError(f"Tab never reaches {name}")
