"""The service as its users meet it: a process of its own on a free port, asked over HTTP."""

from __future__ import annotations

import contextlib
import http.client
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from support import ROOT

BOUNDS = {"seconds": 1.5, "request": 6, "body": 64 * 1024, "answer": 4 * 1024**2, "memory": 768 * 1024**2}


class Reply(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def kind(self) -> str:
        """The media type, without its parameters."""
        return self.headers.get("content-type", "").split(";")[0]


class Served(NamedTuple):
    """A running service: its process, its port, and the file that its standard error goes to."""

    process: subprocess.Popen
    port: int
    log: Path

    @property
    def url(self) -> str:
        """The address of its first page, without the slash."""
        return f"http://127.0.0.1:{self.port}"

    def ask(self, path: str, method: str = "GET", body: bytes | str | None = None, **headers: str) -> Reply:
        """Return the reply to a request; an underscore in a header's name stands for a hyphen."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        with contextlib.closing(connection):
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, found, response.read())

    @property
    def answers(self) -> bool:
        """Whether a small question is answered as it should be."""
        reply = self.sparql("ASK { ?drug a ?class }")
        return reply.status == 200 and b"true" in reply.body

    def sparql(self, query: str, accept: str = "*/*") -> Reply:
        """Return the reply to a query sent as a form."""
        form = urlencode({"query": query})
        return self.ask("/sparql", "POST", form, Accept=accept, Content_Type="application/x-www-form-urlencoded")


@contextlib.contextmanager
def serving(folder: Path, **bounds: float) -> Iterator[Served]:
    """Start the service with three processes for queries, and stop it as a service manager would."""
    log = folder / "log"
    code = f"from rrmm.server.run import serve; serve('127.0.0.1', 0, 3, **{BOUNDS | bounds!r})"
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-c", code], stderr=out, cwd=ROOT)
    try:
        while not (said := re.search(r"serving on http://127\.0\.0\.1:(\d+)/", log.read_text(encoding="utf-8"))):
            assert process.poll() is None, log.read_text(encoding="utf-8")
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.05)
        yield Served(process, int(said[1]), log)
    finally:
        process.terminate()
        process.wait(20)
