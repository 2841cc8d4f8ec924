# SPDX-License-Identifier: Apache-2.0
"""Every page of a firm with a long book: how long the server takes, and when a browser shows it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import urllib3

from benchmarks.desk import shop
from benchmarks.desk.http import PORT, serving
from benchmarks.measure import Line

TIMES, WARM = 20, 3
#: A browser looks so often, each time with an empty cache; the middle counts.
LOOKS = 3
#: Seconds of the server, and until something is painted; bytes that a page brings.
SERVER, PAINTED, BYTES = 0.2, 1.0, 300_000
#: Pages that are pictures, which may bring more.
PICTURES = frozenset({"flows"})
_URL = f"http://127.0.0.1:{PORT}"


def measure(enterprise: UUID, movements: int) -> Iterator[Line]:
    """The slowest pages first."""
    from tests.pages.every import addresses

    shop.open_shop(enterprise)
    cookie, name = _signed_in(enterprise)
    found = addresses(enterprise)
    with serving():
        served = {}
        with urllib3.PoolManager(maxsize=1) as pool:
            for page, path in found.items():
                taken = _ask(pool, path, f"{name}={cookie}")
                if taken:
                    served[page] = taken
        for page, taken in sorted(served.items(), key=lambda each: -_p95(each[1])):
            note = f"median {sorted(taken)[len(taken) // 2] * 1000:.0f} ms"
            yield Line(f"{page}, server, p95", _p95(taken), 0, SERVER, note)
        pages = {page: found[page] for page in served}
        for page, (painted, brought) in _shown(pages, name, cookie).items():
            note = f"{brought / 1000:,.0f} kB transferred"
            yield Line(f"{page}, first paint", painted, 0, PAINTED, note)
            if page not in PICTURES and brought > BYTES:
                yield Line(f"  {page}: bytes", brought, 0, BYTES)


def _signed_in(enterprise: UUID) -> tuple[str, str]:
    """The cookie of a session of somebody who owns the enterprise."""
    from django.conf import settings

    from entrepot.people.models import Membership, Profile, User
    from entrepot.people.tenancy import within
    from tests.pages.kit import signed_in

    user = User.objects.create_user(f"bench-{time.time_ns()}@example.com")
    with within(enterprise):
        Membership.objects.create(user=user, role="owner")
        if not Profile.objects.exists():
            Profile.objects.create(name="Bench Trading", kind="trading")
    person = signed_in(user, enterprise)
    name = settings.SESSION_COOKIE_NAME
    return person.client.cookies[name].value, name


def _ask(pool: Any, path: str, cookie: str) -> list[float]:
    """Seconds of each answer; none where the address is no page."""
    taken = []
    for turn in range(WARM + TIMES):
        begun = time.perf_counter()
        answer = pool.request("GET", _URL + path, headers={"Cookie": cookie}, redirect=False)
        taken.append(time.perf_counter() - begun)
        if "text/html" not in answer.headers.get("Content-Type", "") or answer.status in (302, 405):
            return []
        assert answer.status == 200, (path, answer.status)
        if turn == 0 and taken[0] > 5:
            return taken * TIMES  # slow enough to be seen at once
    return taken[WARM:]


def _p95(taken: list[float]) -> float:
    return sorted(taken)[len(taken) * 95 // 100]


def _shown(pages: dict[str, str], name: str, cookie: str) -> dict[str, tuple[float, int]]:
    """Of each page: seconds until the first contentful paint, and bytes with an empty cache."""
    from playwright.sync_api import sync_playwright

    found = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        for page, path in pages.items():
            looked = sorted(_look(browser, path, name, cookie) for _ in range(LOOKS))
            found[page] = looked[LOOKS // 2]
        browser.close()
    return found


def _look(browser: Any, path: str, name: str, cookie: str) -> tuple[float, int]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": name, "value": cookie, "url": _URL}])
    tab = context.new_page()
    tab.goto(_URL + path)
    painted = tab.evaluate(
        "new Promise(done => new PerformanceObserver((all, me) => {"
        " const it = all.getEntriesByName('first-contentful-paint')[0];"
        " if (it) { me.disconnect(); done(it.startTime); } })"
        ".observe({type: 'paint', buffered: true}))"
    )
    brought = tab.evaluate(
        "performance.getEntriesByType('resource').concat("
        "performance.getEntriesByType('navigation'))"
        ".reduce((sum, each) => sum + each.transferSize, 0)"
    )
    context.close()
    return painted / 1000, brought
