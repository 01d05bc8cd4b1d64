"""Requests to ``rrmm serve`` beside the same to the bare in-memory Oxigraph server, on loopback.

What counts is the time of the processor that a server and its processes take for a request; the time of the wall, which
the one process that asks bounds too, is for information.
"""

from __future__ import annotations

import atexit
import http.client
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import which

from benchmarks.catalogue import questions
from benchmarks.race import Contender, Race, Ratio
from rrmm.api import KnowledgeGraph
from rrmm.graph import upload
from rrmm.graph.files import GraphFiles

REQUESTS, CLIENTS = 200, 4
HEADERS = {"Content-Type": "application/sparql-query", "Accept": "application/sparql-results+json"}
OXIGRAPH, COLD, WARM = "Oxigraph server, in memory", "rrmm serve, without its cache", "rrmm serve, the query repeated"
PROGRAM = Path(sys.executable).with_name("oxigraph")


def races() -> list[Race]:
    """Return the races with the question that is the median embedded, by the processor and by the wall."""
    names = order(KnowledgeGraph.load())
    name, here, share = names[len(names) // 2], f"{__name__}:", 1 / REQUESTS
    contenders = [
        Contender(COLD, f"{here}ours", (name, "0"), times=share),
        Contender(WARM, f"{here}ours", (name, "64"), times=share),
    ]
    ratios: list[Ratio] = []
    missing = [] if which(PROGRAM) else [f"{OXIGRAPH} is not installed"]
    if not missing:
        contenders.append(Contender(OXIGRAPH, f"{here}theirs", (name,), times=share))
        ratios += [Ratio(OXIGRAPH, COLD, at_least=0.7), Ratio(OXIGRAPH, WARM, at_least=4)]
    what = f"a request of {CLIENTS} clients for {name}, the median of {len(names)} questions"
    return [
        Race(f"{what}: processor of the server", contenders, ratios, same=True, left_out=missing, clock="children"),
        Race(
            f"{what}: wall",
            contenders,
            [ratio._replace(at_least=None) for ratio in ratios],
            same=True,
            left_out=missing,
            clock="wall",
        ),
    ]


def order(graph: KnowledgeGraph) -> list[str]:
    """Return the names of the questions by the time that each takes embedded."""
    times = {}
    for name, text in questions(graph.files.root).items():
        rounds = []
        for _ in range(5):
            start = time.process_time()
            graph.store.rows(text)
            rounds.append(time.process_time() - start)
        times[name] = min(rounds)
    return sorted(times, key=times.__getitem__)


def ours(name: str, megabytes: str) -> Callable[[], int]:
    """Serve the graph with two workers and a cache; return what asks, and gives the number of rows."""
    command = [str(PROGRAM.with_name("rrmm")), "serve", "--port", "0", "--workers", "2", "--cache-mb", megabytes]
    process = _start(command)
    address = process.stderr.readline().split(b"127.0.0.1:")[1]
    threading.Thread(target=process.stderr.read, daemon=True).start()  # the access log, which would fill the pipe
    return _asking(int(address.split(b"/")[0]), "/sparql", name)


def theirs(name: str) -> Callable[[], int]:
    """Serve the same triples from memory with the Oxigraph server; return what asks, and gives the number of rows."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = _start([str(PROGRAM), "serve", "-b", f"127.0.0.1:{port}"])
    process.stderr.readline()  # it says that it listens
    upload.put(GraphFiles().snapshot, f"http://127.0.0.1:{port}/store")
    return _asking(port, "/query", name)


def _start(command: list[str]) -> subprocess.Popen:
    """Start a server that ends with this process."""
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    atexit.register(process.wait)
    atexit.register(process.terminate)
    return process


def _asking(port: int, path: str, name: str) -> Callable[[], int]:
    """Return what asks a question by clients that each wait for their answer."""
    text = questions(GraphFiles().root)[name].encode()

    def client(requests: int) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for _ in range(requests):
            connection.request("POST", path, text, HEADERS)
            response = connection.getresponse()
            body = response.read()
            if response.status != 200:
                raise RuntimeError(f"{response.status}: {body[:200]!r}")
        connection.close()
        return len(json.loads(body)["results"]["bindings"])

    def ask() -> int:
        with ThreadPoolExecutor(CLIENTS) as pool:
            (rows,) = {*pool.map(client, [REQUESTS // CLIENTS] * CLIENTS)}
        return rows

    return ask
