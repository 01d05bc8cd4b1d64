"""Real servers on loopback for tests, each in a folder of its own, on a free port, and ended with the test run."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain, repeat
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from support.tools import needs

USER, PASSWORD = "dba", "only-for-tests"
SECONDS = 60

# what Virtuoso asks for, and nothing that listens beyond loopback
VIRTUOSO_INI = """
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
[TempDatabase]
DatabaseFile = {folder}/virtuoso-temp.db
TransactionFile = {folder}/virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
NumberOfBuffers = 10000
MaxDirtyBuffers = 7000
DirsAllowed = {folder}
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = {folder}
[SPARQL]
ResultSetMaxRows = 10000
"""


def free_port() -> int:
    """Return a port of loopback on which nothing listens."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def oxigraph(folder: Path) -> Iterator[str]:
    """Run an empty Oxigraph server; yield its address."""
    address = f"127.0.0.1:{free_port()}"
    program = Path(sys.executable).with_name("oxigraph")
    with _running([str(program), "serve", "-l", str(folder), "-b", address], folder, f"http://{address}/query?query="):
        yield f"http://{address}"


@contextmanager
def virtuoso(folder: Path) -> Iterator[str]:
    """Run an empty Virtuoso with USER and PASSWORD; yield its address."""
    program, http = needs("virtuoso"), free_port()
    ini = folder / "virtuoso.ini"
    ini.write_text(VIRTUOSO_INI.format(folder=folder, sql=free_port(), http=http), encoding="utf-8")
    command = [program, "+foreground", "+configfile", str(ini)]
    first = [*command, "+pwdold", "dba", "+pwddba", PASSWORD, "+pwddav", PASSWORD]
    subprocess.run(first, cwd=folder, capture_output=True, check=True, timeout=SECONDS)
    with _running(command, folder, f"http://127.0.0.1:{http}/sparql?query=ASK%7B%7D"):
        yield f"http://127.0.0.1:{http}"


@contextmanager
def _running(command: Sequence[str], folder: Path, probe: str) -> Iterator[None]:
    """Run a program until the block ends; enter the block when the address answers."""
    log = folder / "output.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        for _ in range(SECONDS * 20):
            if _answers(probe):
                break
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(f"{command[0]} ended: {log.read_text(errors='replace')[-1000:]}")
        else:
            raise AssertionError(f"{command[0]} does not answer: {log.read_text(errors='replace')[-1000:]}")
        yield
    finally:
        process.terminate()
        try:
            process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(address: str) -> bool:
    try:
        with urlopen(address, timeout=SECONDS):  # noqa: S310 - of loopback
            return True
    except HTTPError as error:
        error.close()
        return True
    except URLError:
        return False


Behaviour = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def misbehaving(*behaviours: Behaviour) -> Iterator[tuple[str, list[str]]]:
    """Run a server that does one thing a request, then the last again; yield its address and the requests seen."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def _act(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            seen.append(f"{self.command} {self.path} {self.rfile.read(length).decode(errors='replace')}")
            behaviours[min(len(seen), len(behaviours)) - 1](self)

        do_GET = do_POST = do_PUT = do_HEAD = _act  # noqa: N815 - the names that http.server calls

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def says(
    body: str | bytes = "", status: int = 200, kind: str = "application/sparql-results+json", **headers: str
) -> Behaviour:
    """Return the behaviour of giving one answer."""

    def act(handler: BaseHTTPRequestHandler) -> None:
        content = body.encode() if isinstance(body, str) else body
        handler.send_response(status)
        sent = {"Content-Type": kind, "Content-Length": str(len(content))}
        for name, value in (sent | {name.replace("_", "-"): value for name, value in headers.items()}).items():
            handler.send_header(name, value)
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(content)

    return act


def hangs_up(handler: BaseHTTPRequestHandler) -> None:
    """End the connection without an answer."""
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def keeps_silent(handler: BaseHTTPRequestHandler) -> None:
    """Give no answer as long as the other side waits for one."""
    handler.connection.recv(1)


def trickles(*pieces: bytes) -> Behaviour:
    """Return the behaviour of sending pieces, and the last again now and then, so that no single wait is long."""

    def act(handler: BaseHTTPRequestHandler) -> None:
        handler.connection.settimeout(0.05)
        try:
            for piece in chain(pieces, repeat(pieces[-1])):
                handler.wfile.write(piece)
                handler.wfile.flush()
                try:
                    if not handler.connection.recv(1):
                        return
                except TimeoutError:
                    continue
        except OSError:
            return

    return act
