"""Screens of every page of a class: `python -m docs.screens.take_class [FOLDER]`, from the root of the repository.

Plays a small class on the flagship's 45-minute version and takes each page whole, at 320, 390 and 1,280 pixels, as
an image of 8 colours (WebP without loss); some in the dark theme too. Exits with 1 when a page is
wider than its window or the console spoke.
"""

import io
import sys
import tempfile
from pathlib import Path
from typing import Any

from docs.screens.take import ARGUMENTS, CHROMIUM, WIDER
from tests.web.tour import Tour, house_of

ROOT = Path(__file__).parents[2]
SCENARIO = ROOT / "scenarios/seoul-2024.yaml"
OVERLAY = ROOT / "scenarios/classroom/forty-five-minutes.yaml"
WIDTHS = {320: 640, 390: 844, 1280: 800}
DARK = {"seat-orders": 390, "wall-orders": 1280, "teach-orders": 1280, "room-join": 320, "debrief-3": 390}
"""Pages that are taken in the dark theme too, and how wide."""
COLOURS = 8


def take(page: Any, path: Path) -> None:
    """The whole page as a small image."""
    from PIL import Image

    shot = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
    plain = shot.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB")
    plain.save(path, lossless=True, quality=50, method=4)


def screens(name: str, page: Any, folder: Path) -> list[str]:
    """One page at each width; what was found amiss."""
    found = []
    page.emulate_media(color_scheme="light")
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        wider = page.evaluate(WIDER)
        found += [f"{name}: {wider} px too wide at {width}"] if wider > 0 else []
        take(page, folder / f"{name}-{width}.webp")
    if name in DARK:
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size({"width": DARK[name], "height": 800})
        take(page, folder / f"{name}-dark.webp")
    return found


def main(folder: Path) -> int:
    """Play the class and take its pages; the exit code."""
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.webp"):
        old.unlink()
    found: list[str] = []
    with (
        tempfile.TemporaryDirectory() as kept,
        sync_playwright() as playwright,
        house_of(Path(kept), SCENARIO, [OVERLAY]) as (venue, address),
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        tour = Tour(browser, venue, address)
        for page in (tour.teacher, tour.phone, tour.other):
            page.on("pageerror", lambda error: found.append(f"error: {error}"))
        for name, page in tour.stations():
            found += screens(name, page, folder)
            print(name, flush=True)
        tour.close()
        browser.close()
    for fault in found:
        print(fault, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    if len(sys.argv) > 2:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) == 2 else Path(__file__).parent / "classroom"))
