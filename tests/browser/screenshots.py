"""``make screenshots``: the four pictures of the README, taken from an emulator with the demo's mails.

``python -m tests.browser.screenshots [FOLDER]`` writes PNGs of 1280x800 into ``docs/images``. The clock is set, so that
the same pages give the same pictures but for ids and keys. Needs Chromium and the package playwright.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from emulator.demo import DOMAIN, REGION, replay
from emulator.runtime import Emulator
from emulator.settings import Settings

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "images"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NOW = "2026-03-02T09:00:00Z"
# GitHub shows pictures of any size; a clone should stay small.
MOST_BYTES = 150_000


def main(folder: Path) -> None:
    from playwright.sync_api import sync_playwright

    browser_path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser_path is None:
        sys.exit("Screenshots need Chromium, which is not installed.")
    folder.mkdir(parents=True, exist_ok=True)
    ports = dict.fromkeys(("port", "smtp_port", "smtps_port", "sink_port", "dns_port"), 0)
    emulator = Emulator(Settings(**ports))
    emulator.start()
    try:
        endpoint = emulator.addresses.endpoint
        _call(endpoint, "POST", "clock", {"now": NOW})
        replay(endpoint)
        with sync_playwright() as running:
            browser = running.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce", locale="en-US")
            _take(page, endpoint, folder)
            browser.close()
    finally:
        emulator.stop()


def _take(page: Any, endpoint: str, folder: Path) -> None:
    mail = _call(endpoint, "GET", "messages?q=via:yes")["messages"][0]["id"]
    place = f"account=123456789012&region={REGION}"
    pictures = {
        "inbox": "/_ses/",
        "mail": f"/_ses/messages/{mail}",
        "why": f"/_ses/messages/{mail}?tab=why",
        "identity": f"/_ses/identity?{place}&name={DOMAIN}",
    }
    for name, path in pictures.items():
        page.goto(endpoint + path)
        if name == "why":
            # The picture and the table of the four cases below the mail's heading.
            page.locator(".why").evaluate("one => window.scrollTo(0, one.getBoundingClientRect().top - 120)")
        page.screenshot(path=folder / f"{name}.png", animations="disabled", caret="hide")
        size = (folder / f"{name}.png").stat().st_size
        if size > MOST_BYTES:
            sys.exit(f"{name}.png has {size} bytes; {MOST_BYTES} are allowed.")


def _call(endpoint: str, method: str, path: str, body: object = None) -> Any:
    data = json.dumps(body).encode() if body is not None else None
    with urlopen(Request(f"{endpoint}/_ses/api/{path}", data=data, method=method), timeout=30) as answer:
        return json.load(answer)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
