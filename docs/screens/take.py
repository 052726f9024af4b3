"""Screens of a report as people meet it: `python docs/screens/take.py REPORT [FOLDER]`.

Takes the first screen and the whole page, cut into pieces, at 1,280 and 390 pixels, and the page printed on A4. Says on
standard output what the browser can tell of the checklist in README.md beside this file; exits with 1 when the console
spoke, anything but the file was asked for, or the page scrolls sideways.
"""

import sys
from pathlib import Path
from typing import Any

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SCREENS = {1280: 800, 390: 844}
PIECE = 2400
"""Height of a piece of the whole page, in pixels."""
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
HEIGHT = "document.documentElement.scrollHeight"


def screens(browser: Any, report: Path, folder: Path, width: int, height: int) -> list[str]:
    """The screens at one width; what was found amiss."""
    page = browser.new_page(viewport={"width": width, "height": height})
    found: list[str] = []
    page.on("console", lambda message: found.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: found.append(f"error: {error}"))
    page.on("request", lambda asked: found.append(asked.url) if asked.url != report.as_uri() else None)
    page.goto(report.as_uri())
    page.screenshot(path=folder / f"{width}-first.png")
    tall, wider = page.evaluate(HEIGHT), page.evaluate(WIDER)
    for place, top in enumerate(range(0, tall, PIECE), start=1):
        clip = {"x": 0, "y": top, "width": width, "height": min(PIECE, tall - top)}
        page.screenshot(path=folder / f"{width}-{place:02}.png", full_page=True, clip=clip)
    if width == max(SCREENS):
        page.pdf(
            path=folder / "printed.pdf", format="A4", margin=dict.fromkeys(("top", "bottom", "left", "right"), "15mm")
        )
    page.close()
    print(f"{width} px wide: {tall:,} px tall, {wider} px too wide, {len(found)} messages or requests")
    return [*found, *([f"{wider} px too wide at {width}"] if wider else [])]


def main(report: Path, folder: Path) -> int:
    """Take all screens; the exit code."""
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        found = [
            fault for width, height in SCREENS.items() for fault in screens(browser, report, folder, width, height)
        ]
        browser.close()
    for fault in found:
        print(fault, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    target = Path(sys.argv[2]) if len(sys.argv) == 3 else Path(__file__).parent
    sys.exit(main(Path(sys.argv[1]).resolve(), target))
