# SPDX-License-Identifier: Apache-2.0
"""Ways to customs: files arrive whole, once, under their names, and failures are told."""

from __future__ import annotations

import io
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import paramiko
import pytest

from entrepot.customs.sending.refusals import Unsent
from entrepot.customs.sending.transports.folder import Folder, write_whole
from entrepot.customs.sending.transports.form import BASE64, FILE, PLAIN, Form
from entrepot.customs.sending.transports.port import LARGEST
from entrepot.customs.sending.transports.sftp import Sftp, fingerprint
from tests.customs.sftp_server import PASSWORD, USER, serving

NAME, DATA = "CEB603Message_1.xml", "<a>中文</a>".encode()


@pytest.fixture(scope="module")
def server_key():
    return paramiko.RSAKey.generate(2048)


@pytest.fixture
def root(tmp_path):
    for room in ("out", "in", "taken"):
        (tmp_path / room).mkdir()
    return tmp_path


@contextmanager
def a_transport(kind, root, key):
    if kind == "folder":
        yield Folder(root)
        return
    with serving(root, key, extensions=kind == "sftp") as port:
        made = Sftp("127.0.0.1", USER, fingerprint(key.asbytes()), port, PASSWORD, taken="taken")
        try:
            yield made
        finally:
            made.close()


KINDS = pytest.mark.parametrize("kind", ["folder", "sftp", "sftp without extensions"])


@KINDS
def test_a_file_is_put_whole_and_putting_it_again_changes_nothing(kind, root, server_key):
    with a_transport(kind, root, server_key) as transport:
        transport.put(NAME, b"an older one")
        transport.put(NAME, DATA)
        transport.put(NAME, DATA)

    assert [each.name for each in (root / "out").iterdir()] == [NAME]
    assert (root / "out" / NAME).read_bytes() == DATA


@KINDS
def test_what_waits_is_taken_and_set_aside_once(kind, root, server_key):
    for name in ("b.xml", "a.xml", ".c.part", "no name.xml"):
        (root / "in" / name).write_bytes(name.encode())
    (root / "in" / "folder.xml").mkdir()
    with a_transport(kind, root, server_key) as transport:
        assert transport.waiting(10) == ["a.xml", "b.xml"]
        assert transport.waiting(1) == ["a.xml"]
        assert transport.take("a.xml") == b"a.xml"
        transport.done("a.xml")
        transport.done("a.xml")
        assert transport.waiting(10) == ["b.xml"]

    assert (root / "taken" / "a.xml").read_bytes() == b"a.xml"


@KINDS
def test_what_cannot_be_taken_is_told(kind, root, server_key):
    with a_transport(kind, root, server_key) as transport, pytest.raises(Unsent, match=r"a\.xml"):
        transport.take("a.xml")


@pytest.mark.parametrize("name", ["../a.xml", "a/b.xml", ".a", "", "a b", "a" * 201])
def test_a_name_is_never_a_path(name, tmp_path):
    with pytest.raises(AssertionError):
        Folder(tmp_path).put(name, DATA)
    assert not list(tmp_path.rglob("*.xml"))


def test_a_link_in_the_folder_is_not_followed(root):
    (root / "secret").write_text("x")
    (root / "in" / "a.xml").symlink_to(root / "secret")

    assert Folder(root).waiting(10) == []


def test_a_folder_that_cannot_be_written_is_told_and_leaves_nothing(tmp_path):
    (tmp_path / "out").write_text("a file")

    with pytest.raises(Unsent, match="Cannot put"):
        Folder(tmp_path).put(NAME, DATA)
    assert Folder(tmp_path).waiting(1) == []


def test_a_file_that_is_half_written_is_seen_by_nobody(tmp_path, monkeypatch):
    def fail(descriptor):
        raise OSError("the disk is full")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="full"):
        write_whole(tmp_path, NAME, DATA)
    assert list(tmp_path.iterdir()) == []


def test_a_huge_file_is_read_no_further_than_it_may_be(root):
    with (root / "in" / "a.xml").open("wb") as file:
        file.truncate(LARGEST + 100)

    assert len(Folder(root).take("a.xml")) == LARGEST + 1


def test_a_server_with_another_key_is_told_nothing(root, server_key):
    with serving(root, server_key) as port:
        other = Sftp("127.0.0.1", USER, "SHA256:other", port, PASSWORD)
        with pytest.raises(Unsent, match="another key: SHA256:"):
            other.put(NAME, DATA)

    assert not list((root / "out").iterdir())


def test_a_wrong_password_and_nobody_there_are_told(root, server_key):
    with serving(root, server_key) as port:
        known = fingerprint(server_key.asbytes())
        with pytest.raises(Unsent, match="Authentication"):
            Sftp("127.0.0.1", USER, known, port, "other").put(NAME, DATA)
    with pytest.raises(Unsent):
        Sftp("127.0.0.1", USER, known, port, PASSWORD).put(NAME, DATA)


def test_a_key_signs_in_and_is_not_shown(root, server_key):
    own, text = paramiko.RSAKey.generate(2048), io.StringIO()
    own.write_private_key(text, password="k-1")
    with serving(root, server_key, known=own) as port:
        transport = Sftp(
            "127.0.0.1", USER, fingerprint(server_key.asbytes()), port, key=text.getvalue(),
            key_password="k-1",
        )  # fmt: skip
        transport.put(NAME, DATA)
        transport.close()

    assert (root / "out" / NAME).read_bytes() == DATA
    assert "PRIVATE" not in repr(transport)
    assert "k-1" not in repr(transport)


@contextmanager
def platform(status=200, says="<result>OK</result>"):
    """A platform that takes forms: its address, and what it was sent."""
    sent = []

    class Desk(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            sent.append((self.path, self.headers["Content-Type"], body))
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(says.encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/send", sent
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def test_a_form_carries_the_message_as_it_is_set():
    with platform() as (url, sent):
        for how in (PLAIN, BASE64, FILE):
            form = Form(url, "content", "name", how, {"account": "a&b"}, says_taken="OK")
            assert form.put(NAME, DATA) == "<result>OK</result>"
    plain, coded, file = (body for _, _, body in sent)

    assert parse_qs(plain.decode()) == {
        "account": ["a&b"], "name": [NAME], "content": [DATA.decode()],
    }  # fmt: skip
    assert parse_qs(coded.decode())["content"] == ["PGE+5Lit5paHPC9hPg=="]
    assert sent[2][1].startswith("multipart/form-data")
    assert DATA in file


@pytest.mark.parametrize(
    ("status", "says"), [(500, "OK"), (302, "OK"), (200, "<result>ERROR 12</result>")]
)
def test_a_platform_that_does_not_take_it_is_told_with_its_words(status, says):
    with platform(status, says) as (url, sent), pytest.raises(Unsent, match=says[:5]):
        Form(url, says_taken="OK").put(NAME, DATA)
    assert len(sent) == 1


def test_a_platform_that_is_not_there_is_told():
    with platform() as (url, _):
        pass
    with pytest.raises(Unsent):
        Form(url).put(NAME, DATA)
