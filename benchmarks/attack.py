"""What a page, a small patient and a small query wait for while ``rrmm serve`` is attacked, beside the same at rest.

python -m benchmarks.attack [--seconds N] [--strict] [ATTACK …]

An attack is a process of its own, of many connections, from another address of this machine. What counts is the time
of the wall, at the 99th of a hundred: who waits, waits there.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

PAGE, PATIENT, QUERY = "a page", "a small patient", "a small query"
WANTED = 5.0
WARM_UP, SAMPLES = 20, 200
TIMEOUT = 60
ATTACKER = ("127.0.0.2", 0)
HEAVY = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
SMALL = {"prior_drugs": [{"drug": "bortezomib", "status": "refractory"}]}
BIG = {"prior_drugs": [{"drug": "bortezomib", "line": line, "status": "refractory"} for line in range(1, 21)]}
FORM = "application/x-www-form-urlencoded"
SPARQL, JSON = {"Content-Type": "application/sparql-query"}, {"Content-Type": "application/json"}


class Sample(NamedTuple):
    """Seconds that requests took, and how many had each status."""

    seconds: list[float]
    statuses: Counter[int]

    @property
    def median(self) -> float:
        """The middle."""
        return statistics.median(self.seconds)

    @property
    def late(self) -> float:
        """The 99th of a hundred."""
        return sorted(self.seconds)[int(0.99 * (len(self.seconds) - 1))]


def ask(
    port: int,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    source: tuple[str, int] | None = None,
) -> int:
    """Return the status of the answer to a request; `source` is the address from which it is sent."""
    place = http.client.HTTPConnection("127.0.0.1", port, TIMEOUT, source)
    with contextlib.closing(place) as connection:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        response.read()
        return response.status


def ask_page(port: int) -> int:
    """Ask for a page."""
    return ask(port, "GET", "/id/drug/bortezomib.html")


def ask_patient(port: int) -> int:
    """Ask for the options of a small patient."""
    return ask(port, "POST", "/api/regimens?brief=true", json.dumps(SMALL).encode(), JSON)


def ask_query(port: int) -> int:
    """Ask a small question that is new each time."""
    return ask(port, "POST", "/sparql", f"SELECT ({time.perf_counter_ns()} AS ?x) {{}}".encode(), SPARQL)


MEASURED: dict[str, Callable[[int], int]] = {PAGE: ask_page, PATIENT: ask_patient, QUERY: ask_query}


def sample(port: int, enough: Callable[[int], bool]) -> dict[str, Sample]:
    """Return the samples of each kind of request, taken in turn until there are enough."""
    taken = {name: Sample([], Counter()) for name in MEASURED}
    count = 0
    while not enough(count):
        for name, request in MEASURED.items():
            start = time.perf_counter()
            taken[name].statuses[request(port)] += 1
            taken[name].seconds.append(time.perf_counter() - start)
        count += 1
    return taken


# -- attacks: each is what one of many connections does again and again


def query(port: int) -> None:
    """Ask a question that is new each time, so that no answer is kept."""
    ask(port, "POST", "/sparql", f"SELECT * {{ ?s a ?type }} LIMIT {time.perf_counter_ns()}".encode(), SPARQL, ATTACKER)


def compute(port: int) -> None:
    """Ask what takes longer than any query may."""
    ask(port, "POST", "/sparql", HEAVY.encode(), SPARQL, ATTACKER)


def begin(port: int) -> None:
    """Send half of a head, and wait until it is refused."""
    with socket.create_connection(("127.0.0.1", port), TIMEOUT, ATTACKER) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        connection.recv(1)


def dawdle(port: int) -> None:
    """Ask for everything, and read it a little at a time."""
    with socket.create_connection(("127.0.0.1", port), TIMEOUT, ATTACKER) as connection:
        connection.sendall(b"GET /sparql?query=SELECT*%7B?s?p?o%7D HTTP/1.1\r\nHost: x\r\n\r\n")
        while connection.recv(64):
            time.sleep(1)


def burden(port: int) -> None:
    """Ask for a patient with a history as long as it may be."""
    ask(port, "POST", "/api/regimens?what_if=true", json.dumps(BIG).encode(), JSON, ATTACKER)


def unfold(port: int) -> None:
    """Ask for the whole ontology in the form that takes longest to write."""
    ask(port, "GET", "/ontology.rdf", source=ATTACKER)


def fill(port: int) -> None:
    """Send a form that takes long to read and holds no query."""
    ask(port, "POST", "/sparql", b"a=" + b"%41" * 80_000, {"Content-Type": FORM}, ATTACKER)


ATTACKS: dict[str, tuple[int, Callable[[int], None]]] = {
    "queries": (50, query),
    "heavy queries": (64, compute),
    "half-sent heads": (500, begin),
    "slow readers": (50, dawdle),
    "big patients": (20, burden),
    "documents": (100, unfold),
    "long forms": (100, fill),
}


def attack(name: str, port: int) -> None:
    """Attack until this process is ended."""
    connections, work = ATTACKS[name]

    def repeat() -> None:
        while True:
            try:
                work(port)
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)

    for _ in range(connections):
        threading.Thread(target=repeat, daemon=True).start()
    threading.Event().wait()


# -- the service


@contextlib.contextmanager
def serving() -> Iterator[tuple[int, int]]:
    """Serve the graph as by default; yield the process and the port."""
    command = [str(Path(sys.executable).with_name("rrmm")), "serve", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        said = process.stderr.readline() if process.stderr else b""
        threading.Thread(target=process.communicate, daemon=True).start()
        try:
            yield process.pid, int(said.split(b"127.0.0.1:")[1].split(b"/")[0])
        finally:
            process.terminate()


@contextlib.contextmanager
def under(name: str, port: int) -> Iterator[None]:
    """Attack from a process of its own."""
    with subprocess.Popen([sys.executable, "-m", "benchmarks.attack", "--on", str(port), name]) as attacker:
        try:
            time.sleep(1)
            yield
        finally:
            attacker.kill()


def memory(process: int) -> int:
    """Return the MiB of memory that a process and its children have used at most."""
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    every = {process, *(int(child) for path in tasks for child in path.read_text().split())}
    peaks = (Path(f"/proc/{one}/status").read_text().split("VmHWM:")[1].split()[0] for one in every)
    return sum(map(int, peaks)) // 1024


def run(names: list[str], seconds: float) -> list[float]:
    """Run attacks, print a row for each, and return the ratios of the 99th of a hundred to that at rest."""
    ratios = []
    with serving() as (process, port):
        sample(port, lambda count: count >= WARM_UP)
        rest = sample(port, lambda count: count >= SAMPLES)
        print("| attack | asked | median | 99 % | at rest | ratio | answers | memory |")
        print("|---|---|--:|--:|--:|--:|---|--:|")
        for name in names:
            with under(name, port):
                end = time.perf_counter() + seconds
                found = sample(port, lambda _, end=end: time.perf_counter() > end)
            for asked, one in found.items():
                ratio = one.late / rest[asked].late
                ratios.append(ratio)
                numbers = " | ".join(f"{1000 * number:.1f} ms" for number in (one.median, one.late, rest[asked].late))
                answers = ", ".join(f"{count} × {status}" for status, count in sorted(one.statuses.items()))
                size = f"{memory(process):,} MiB"
                print(
                    f"| {name}, {ATTACKS[name][0]} at once | {asked} | {numbers} | {ratio:.1f} | {answers} | {size} |"
                )
        ended = {name: request(port) for name, request in MEASURED.items()}
        print(f"\nAfterwards: {', '.join(f'{name} {status}' for name, status in ended.items())}.")
    return ratios


def main() -> int:
    """Read the arguments, run, and return the exit code: 1 with `--strict` where a wait is too long."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("attacks", nargs="*", metavar="ATTACK", help=f"of {', '.join(ATTACKS)}")
    parser.add_argument("--seconds", type=float, default=60, help="of each attack (default: 60)")
    parser.add_argument("--strict", action="store_true", help="ends with 1 where a wait is too long")
    parser.add_argument("--on", type=int, metavar="PORT", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if unknown := set(options.attacks) - ATTACKS.keys():
        parser.error(f"no attack {', '.join(sorted(unknown))}; there are {', '.join(ATTACKS)}")
    if options.on:
        attack(options.attacks[0], options.on)
    ratios = run(options.attacks or list(ATTACKS), options.seconds)
    worst = max(ratios)
    print(f"{'met' if worst <= WANTED else 'missed'}: {worst:.1f}, wanted at most {WANTED:g}")
    return int(options.strict and worst > WANTED)


if __name__ == "__main__":
    sys.exit(main())
