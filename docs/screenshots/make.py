# SPDX-License-Identifier: Apache-2.0
"""Take the screenshots of README and guides anew: `make screenshots`.

Makes the demo in a folder of its own, serves it on this machine, and looks at it with Chromium.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import sync_playwright

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
PORT: Final = 8797
ADDRESS: Final = f"http://127.0.0.1:{PORT}"
WIDE: Final = {"width": 1440, "height": 900}
NARROW: Final = {"width": 360, "height": 740}
#: A declaration of the season, some units of whose first item are sold and some are not.
DECLARED: Final = "290020250510000156"
#: Name of the picture, its page, language, size, and whether it is dark.
PICTURES: Final = (
    ("today", "/today/", "en", WIDE, False),
    ("today-zh", "/today/", "zh", WIDE, False),
    ("orders", "/orders/", "en", WIDE, False),
    ("wave", "first /outbound/", "en", WIDE, False),
    ("stock", "/stock/", "zh", WIDE, False),
    ("flows", "/flows/", "en", WIDE, True),
    ("tour", "tour", "en", WIDE, False),
    ("scan", "scan", "zh", NARROW, False),
)


def main() -> None:
    """Take every picture."""
    with (
        tempfile.TemporaryDirectory(prefix="entrepot-screens-") as home,
        demo(Path(home)) as login,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        for name, path, language, size, is_dark in PICTURES:
            page = signed_in(browser, login, language, size, is_dark)
            go(page, path)
            page.wait_for_load_state("networkidle")
            page.screenshot(path=HERE / f"{name}.png")
            page.context.close()
            print(f"docs/screenshots/{name}.png")  # noqa: T201
        browser.close()


@contextmanager
def demo(home: Path) -> Iterator[tuple[str, str]]:
    """The demo, served; its address and password."""
    home.chmod(0o711)
    entrepot = [sys.executable, "-c", "from entrepot.cli import main; main()"]
    season = ["--season", str(ROOT / "examples" / "season")]
    command = [*entrepot, "demo", *season, "--home", str(home / "desk"), "--port", str(PORT)]
    running = subprocess.Popen(
        [*command, "--serve"], stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    assert running.stdout is not None
    said = ""
    try:
        while "answers on" not in (line := running.stdout.readline()):
            assert line, said
            said += line
        found = re.search(r"Sign in as (\S+) with the password ([^;\s]+)", said)
        assert found, said
        yield found[1], found[2]
    finally:
        running.terminate()
        running.wait(60)


def signed_in(
    browser: Any, login: tuple[str, str], language: str, size: dict[str, int], is_dark: bool
) -> Any:
    """A page of somebody who has signed in."""
    context = browser.new_context(
        base_url=ADDRESS, viewport=size, locale="zh-CN" if language == "zh" else "en-GB",
        color_scheme="dark" if is_dark else "light", device_scale_factor=1,
    )  # fmt: skip
    page = context.new_page()
    page.goto("/account/login/")
    page.fill("input[name=login]", login[0])
    page.fill("input[name=password]", login[1])
    page.click("main form button[type=submit]")
    page.wait_for_url("**/today/")
    return page


def go(page: Any, path: str) -> None:
    """Go to a page: `first /outbound/` is the first row of a list, `tour` the way of the units of a
    declaration item of the season, `scan` the next pick of a wave.
    """
    if path == "tour":
        page.goto("/tour/")
        page.fill("#item_number", DECLARED)
        page.click("form:has(#item_number) button")
    elif path == "scan":
        page.goto("/scan/")
        page.select_option("#warehouse", "DUI1")
        page.click("a[data-flow=pick]")
        page.click("#list > :first-child >> *:visible >> nth=0")
        page.wait_for_selector("#big:not(:empty)")
    elif path.startswith("first "):
        page.goto(path.removeprefix("first "))
        page.click("main tbody a >> nth=0")
    else:
        page.goto(path)


if __name__ == "__main__":
    main()
