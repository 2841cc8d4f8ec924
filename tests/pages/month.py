# SPDX-License-Identifier: Apache-2.0
"""People for a month's story: each goes through the desk by keyboard or by touch, and looks."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from socket import SHUT_RDWR, socket
from threading import Thread
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import reverse

from entrepot.pages.navigation import SECTIONS
from entrepot.pages.wording import Language, read
from tests.pages.browser import NARROW, WIDE, _Server, _Silent
from tests.pages.kit import Person
from tests.pages.scanner import HandHeld

PASSWORD = "correct horse battery"
#: Four words of English, in a Chinese page a sentence that nobody put into Chinese.
_ENGLISH = re.compile(r"[A-Za-z]+(?:[ ,][a-z]+){3,}")
_CHINESE = re.compile(r"[\u3400-\u9fff]+")
#: Chinese that an English page may show: the way to the other language, and Chinese names.
NAMES = {"台灯", "灯泡", "宁波灯具厂", "海运"}
#: What the console says of a page that answers "no", and of a network that is cut.
_KNOWN = ("ERR_INTERNET_DISCONNECTED", "ERR_CONNECTION_REFUSED", "status of 409", "status of 422",
          "status of 503")  # fmt: skip


class _Leaving(_Server):
    """A server that hangs up on whoever it still talks with when it goes."""

    def __init__(self, *given: Any, **named: Any) -> None:
        self._talking: set[socket] = set()
        super().__init__(*given, **named)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._talking.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._talking.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Close every connection that a browser keeps for its next request."""
        for each in list(self._talking):
            with suppress(OSError):
                each.shutdown(SHUT_RDWR)


class Served:
    """The desk on a port of its own, which can go away, and lose what it answers."""

    def __init__(self) -> None:
        self._desk = get_wsgi_application()
        self._port = 0
        self._lose = ""
        self.lost = 0
        self.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Be served, at the same address as before."""
        self._server = _Leaving(("127.0.0.1", self._port), _Silent, ipv6=False)
        self._port = self._server.server_port
        self._server.set_app(self._answer)
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Be gone."""
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join()

    def lose(self, path: str) -> None:
        """Do what is asked for next at a path, but lose the answer on its way."""
        self._lose = path

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Any:
        if self._lose and environ["PATH_INFO"].endswith(self._lose):
            self._lose = ""
            answered = self._desk(environ, lambda *given: None)
            list(answered)
            answered.close()
            self.lost += 1
            start_response("503 Service Unavailable", [("Content-Length", "0")])
            return []
        return self._desk(environ, start_response)


@contextmanager
def served() -> Iterator[Served]:
    """A desk of one's own."""
    desk = Served()
    try:
        yield desk
    finally:
        desk.stop()


class Walker(HandHeld):
    """Somebody before a browser: on a wide screen with the keyboard alone, never a mouse; on a
    narrow one by touch and by scanner.
    """  # fmt: skip

    def __init__(self, browser: Any, address: str, language: Language, is_wide: bool) -> None:
        size = WIDE if is_wide else NARROW
        super().__init__(
            browser, address, None, language=language, size=size, has_touch=not is_wide
        )
        self.language, self.is_wide, self.width = language, is_wide, size["width"]
        self.page.on("dialog", lambda asked: asked.accept())
        self.seen = 0

    # Words, places, and what is there.

    def word(self, name: str, section: str = "scan", **given: object) -> str:
        """A word of the reader's language, by its name."""
        found: Any = read(section, self.language)
        for part in name.split("."):
            found = found[part]
        return str(found).format(**given)

    def look(self, name: str = "") -> None:
        """Nothing complains, nothing is wider than the screen, nothing is in another language but
        in a report of a close, which is in both.
        """  # fmt: skip
        said = [each for each in self.page.complaints if not any(k in each for k in _KNOWN)]
        assert said == [], (name, said)
        self.seen += 1
        if (folder := os.environ.get("SCREENSHOTS")) and name:
            shot = f"{folder}/{self.language}-{self.width}-{name}.png"
            self.page.screenshot(path=shot, full_page=True)
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= self.width, (name, self.page.url, wide)
        text = "" if name == "report" else self.page.inner_text("body")
        if self.language == "zh":
            assert _ENGLISH.findall(text) == [], (name, self.page.url)
        else:
            assert set(_CHINESE.findall(text)) <= NAMES | {"中文"}, (name, self.page.url)

    def told(self, kind: str = "success") -> str:
        """What the desk said about what was done last."""
        return str(self.page.inner_text(f".messages .{kind}"))

    def cell(self, row: str, heading: str) -> str:
        """What a table says in the row of something, under a heading."""
        rows = self.page.locator("tbody tr").filter(has_text=row)
        return str(rows.first.locator(f'[data-label="{heading}"]').inner_text())

    # Hands.

    def use(self, found: Any) -> None:
        """Press a button or a link: by touch, or by the keyboard, where it can be reached."""
        found = found.first
        found.wait_for()
        if not self.is_wide:
            found.tap()
            return
        found.focus()
        self.page.keyboard.press("Shift+Tab")
        self.page.keyboard.press("Tab")
        assert found.evaluate("it => it === document.activeElement"), "no Tab leads there"
        self.page.keyboard.press("Enter")

    def to(self, found: Any, name: str = "") -> None:
        """Press what leads to another page, and look at that."""
        with self._leaving():
            self.use(found)
        self.look(name)

    def keys(self, text: str, name: str = "") -> None:
        """Type keys that lead to another page, and look at that."""
        with self._leaving():
            for key in text:
                self.page.keyboard.press(key)
        self.look(name)

    def _leaving(self) -> AbstractContextManager[Any]:
        return self.page.expect_navigation(timeout=10_000)

    def section(self, name: str) -> None:
        """Go to a section: by its letters, or by its name in the folded list."""
        if self.is_wide:
            return self.keys(f"g{SECTIONS[name].key}", name)
        self.use(self.page.locator("details.sections > summary"))
        return self.to(self.page.locator(f'nav.side [data-go="{SECTIONS[name].key}"]'), name)

    def link(self, name: str, *args: object, shot: str = "") -> None:
        """Follow a link of this page to another, by its name."""
        at = reverse(f"pages:{name}", args=args)
        self.to(self.page.locator(f'main a[href^="{at}"]'), shot or name)

    def new(self, name: str) -> None:
        """Follow what begins a new one."""
        return self.keys("n", name) if self.is_wide else self.to(
            self.page.locator("[data-new]"), name
        )  # fmt: skip

    def fill(self, **given: str) -> None:
        """Fill fields in, by their names; of a list, what begins so is chosen."""
        for name, value in given.items():
            field = self.page.locator(f"main [name={name}]").first
            tag = field.evaluate("it => it.localName + ' ' + it.type")
            if tag == "input file":
                field.set_input_files(value)
            elif tag.startswith("select"):
                field.focus()
                self.page.keyboard.type(value)
                assert field.evaluate("it => it.selectedOptions[0].text").startswith(value)
            elif tag == "input date":
                field.fill(value)
            else:
                field.focus()
                self.page.keyboard.press("Control+A")
                self.page.keyboard.insert_text(value)

    def send(self, selector: str = "main form.sheet button", name: str = "") -> None:
        """Send a form, and look at what it leads to."""
        self.to(self.page.locator(selector), name)

    def act(self, name: str, *args: object, shot: str) -> None:
        """Press the button of something that can be done, by its name."""
        at = reverse(f"pages:{name}", args=args)
        self.send(f"main form[action='{at}'] button", shot)

    def sign_in(self, person: Person) -> None:
        """Sign in by the form."""
        self.page.goto("/")
        self.look("sign-in")
        self.fill(login=person.user.email, password=PASSWORD)
        self.send("main form button[type=submit]", "begin")
        cookies = {each["name"] for each in self.page.context.cookies()}
        assert settings.SESSION_COOKIE_NAME in cookies

    # At the scanner.

    def scan(self, code: str, word: str | None = None) -> str:
        """Scan a code; where a word is given, wait for an answer to it that has the word."""
        before = self.heard() if word else 0
        super().scan(code)
        if word is None:
            return ""
        self.until(lambda: self.heard() > before, word)
        return self.says(word)

    def heard(self) -> int:
        """How many answers were heard."""
        return int(self.page.evaluate("heard.length"))

    def press(self, text: str) -> None:
        self.use(self.page.get_by_role("button", name=text, exact=True))

    def enter(self, number: int) -> None:
        if not self.is_wide:
            return super().enter(number)
        self.page.wait_for_selector("dialog[open] .digits")
        for key in str(number):
            self.page.keyboard.press(key)
        return self.page.keyboard.press("Enter")

    def flow(self, name: str) -> None:
        """Open a flow from the start of the scan pages."""
        self.open()
        self.look("scan-start")
        self.press_link(self.word(f"flows.{name}"))
        self.awake()
        self.look(f"scan-{name}")

    def press_link(self, text: str) -> None:
        with self._leaving():
            self.use(self.page.get_by_role("link", name=text))

    def close(self) -> None:
        self.look()
        self.page.context.close()
