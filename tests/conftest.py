"""What every test may rely on."""

import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # The first is the browser's own question to its maker about every form; it takes the place of the driver's list,
    # so what of that list matters here stands beside it.
    "--disable-features=AutofillServerCommunication,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,MediaRouter,"
    "PaintHolding,LensOverlay,OptimizationHints,DestroyProfileOnBrowserClose",
]

# A suite that a script starts in the background begins deaf to Ctrl-C, and so would the commands that its tests
# interrupt.
if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


LONGEST = (
    "test_a_whole_class.py",
    "test_slips_in_the_flagship.py",
    "test_every_page.py",
    "test_same_bytes.py",
    "test_rehearsal.py",
)
"""Files that take half a minute and more: begun last, one of them would let the other process wait."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first; otherwise as collected."""
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A real browser; without one the test is skipped, and says why."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield opened
        opened.close()
