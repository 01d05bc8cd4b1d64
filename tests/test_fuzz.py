"""No traceback for any input: files, arguments, requests and messages that are wrong in a place or two.

A case is a kind and a number, which is its seed: `play(kind, number, ...)` plays it again.
"""

from __future__ import annotations

import contextlib
import json
import re
import signal
import socket
from collections import Counter
from functools import cache
from pathlib import Path
from random import Random
from threading import Event, Lock
from unittest import mock

import pytest

pytest.importorskip("mcp")

import anyio

from rrmm.api import KnowledgeGraph
from rrmm.catalogue import terms
from rrmm.cli import intake
from rrmm.graph.files import GraphFiles
from rrmm.graph.sandbox import run as sandbox
from rrmm.graph.sandbox.messages import Names
from rrmm.graph.sandbox.pool import Limits, Worker
from rrmm.server import mcp
from rrmm.texts import SURROGATE
from support import commands, fuzz_cases
from support.fuzz_cases import Material

FEW = {"patient": 500, "record": 130, "query": 120, "arguments": 80, "omop": 60, "cohort": 10}
MANY = {"patient": 8000, "record": 3000, "query": 2500, "arguments": 2000, "omop": 800, "cohort": 600, "overlay": 100}
PARTS = 10
REQUESTS = 2000
LONGEST_MESSAGE = 8000
HANG_S = 60  # of processor time, for one case
ROW = re.compile(r"  (row \d+: |and [\d,]+ more$)")
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class Hang(BaseException):
    """A case does not end."""


@contextlib.contextmanager
def bounded():
    """Raise Hang in what takes much too much processor time."""

    def stop(*_):
        raise Hang

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, HANG_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@pytest.fixture(scope="module")
def material(kg):
    """Return what is right, to be made wrong."""
    return Material(kg)


@pytest.fixture(scope="module")
def held(kg):
    """Let commands share a graph and a process for queries, which they would load and start each."""
    load = KnowledgeGraph.load

    def share(*_, overlays=(), without=()):
        return load(overlays=overlays, without=without) if overlays or without else kg

    def share_files(overlays):
        return GraphFiles(overlays=overlays) if overlays else kg.files

    names = Names(terms.find_prefixes(kg.files.snapshot))
    worker, alone = Worker(kg.files.snapshot, Limits(2), names), Lock()

    @contextlib.contextmanager
    def lend(*_):
        with alone:
            if not worker.alive:
                worker.start()
            yield worker

    with (
        worker,
        mock.patch.object(KnowledgeGraph, "load", share),
        mock.patch.object(intake, "GraphFiles", share_files),
        mock.patch.object(sandbox, "Worker", lend),
        mock.patch.object(terms, "find_prefixes", cache(terms.find_prefixes)),
    ):
        yield


def play(kind, number, folder, material):
    """Return the exit code of a case, and what is wrong with how it ended."""
    random = Random(f"{kind} {number}")
    folder.mkdir()
    given = getattr(fuzz_cases, kind)(random, folder, material)
    before = sorted(folder.rglob("*"))
    try:
        with bounded():
            done = commands.run(*given, folder=folder)
    except (Exception, Hang) as error:
        return None, f"{given}: {type(error).__name__}: {error}"
    written = sorted(set(folder.rglob("*")) - set(before))
    faults = [f"exit code {done.returncode}"] if done.returncode not in {0, 1, 2} else []
    for name, text in (("output", done.stdout.replace("\r\n", "\n")), ("message", done.stderr)):
        faults += [f"{name} with {found[0]!r}"] if (found := OBEYED.search(text)) else []
    if done.returncode:
        first, *others = done.stderr.splitlines() or [""]
        lines = first.startswith("rrmm") and all(map(ROW.match, others))
        faults += [] if lines else ["not a line for each fault"]
        faults += [f"{len(done.stderr)} characters of message"] if len(done.stderr) > LONGEST_MESSAGE else []
        faults += [f"output beside a message: {done.stdout[:80]!r}"] if done.stdout else []
        faults += [f"written in spite of it: {[path.name for path in written]}"] if written else []
    faults += [f"left: {path.name}" for path in written if path.suffix == ".part"]
    faults += ["Traceback"] if "Traceback" in done.stderr else []
    return done.returncode, f"{given}: {'; '.join(faults)}: {done.stderr[:300]}" if faults else ""


def play_all(kind, numbers, folder, material):
    """Play cases; fail naming each that ends as it should not, or where too few are answered or refused."""
    codes, faults = Counter(), []
    for number in numbers:
        code, fault = play(kind, number, folder / f"{kind}-{number}", material)
        codes[code] += 1
        faults += [f"{kind} {number}: {fault}"] if fault else []
    assert not faults, "\n".join(faults)
    assert min(codes[0], codes[2]) >= len(numbers) // 10, codes


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("kind", FEW)
def test_a_thousand_cases_end_in_an_answer_or_a_message(kind, material, tmp_path: Path):
    """Each ends with exit code 0, 1 or 2, one line without what a terminal obeys, and nothing half written."""
    play_all(kind, range(FEW[kind]), tmp_path, material)


@pytest.mark.slow
@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("kind", MANY)
def test_many_cases_end_in_an_answer_or_a_message(kind, part, material, tmp_path: Path):
    """The same of many more."""
    play_all(kind, range(part, MANY[kind], PARTS), tmp_path, material)


class Client:
    """An assistant that sends a message when what it asked before is answered."""

    def __init__(self, messages):
        self.messages, self.lines, self.asked, self.answered = iter(messages), [], None, Event()

    def readline(self, _limit):
        """Give the next message, nothing at the end."""
        if self.asked is not None:
            assert self.answered.wait(HANG_S), f"not answered: {self.asked}"
        message = next(self.messages, "")
        self.answered.clear()
        self.asked = asked_by(message)
        return fuzz_cases.encode(f"{message}\n") if message else b""

    async def write(self, line):
        """Take an answer."""
        self.lines.append(json.loads(line))
        if self.lines[-1].get("id") == self.asked:
            self.answered.set()

    async def flush(self):
        """Nothing is held back."""


def asked_by(line):
    """Return the id of a message that must be answered, else None."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    match message:
        case {"jsonrpc": "2.0", "method": str(), "id": int() | str() as name} if type(name) is not bool:
            clear = isinstance(message.get("params", {}), dict) and not SURROGATE.search(str(name))
            return name if clear else None
    return None


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_messages_of_an_assistant_are_answered(seed, kg, material):
    """A tool raises no error but ours, each line out is JSON, and each request is answered."""
    server, faults = mcp.build(kg), []

    async def spy(run, work, failure, answer, *given):
        try:
            return await run(work, failure, answer, *given)
        except failure:
            raise
        except Exception as error:
            faults.append(f"{answer.__name__}{given}: {error!r}"[:300])
            raise

    count = (100, 1000)[seed]
    client = Client(fuzz_cases.messages(Random(seed), material, count))
    run = mcp.Work._run
    with mock.patch.object(mcp.Work, "_run", lambda *given: spy(run, *given)):
        anyio.run(mcp.serve, server, client, client)
    assert not faults, "\n".join(faults)
    assert "Traceback" not in str(client.lines)
    assert sum("result" in answer for answer in client.lines) > count // 3


@pytest.mark.server
def test_requests_are_answered(unhurried, material):
    """None is answered by 500 or by nothing, no message is long, and the service lives."""
    served, statuses, faults, clear = unhurried, Counter(), [], 0
    for number in range(REQUESTS):
        content, understood = fuzz_cases.request(Random(f"request {number}"), material)
        answer = send(served.port, content, ends=not understood)
        clear += understood
        status = re.match(rb"HTTP/1.1 (\d+)", answer)
        statuses[int(status[1]) if status else None] += 1
        head, _, body = answer.partition(b"\r\n\r\n")
        fault = (not status and understood) or b" 500 " in head[:16] or b"Traceback" in body
        fault = fault or (b"problem+json" in head and len(body) > LONGEST_MESSAGE)
        faults += [f"request {number}: {content[:300]!r}: {answer[:300]!r}"] if fault else []
    assert not faults, "\n".join(faults)
    assert served.ask("/api/health").status == 200
    assert '"error"' not in served.log.read_text(encoding="utf-8").replace('"error": "the client left"', "")
    assert statuses[200] + statuses[303] + statuses[307] > clear // 3, statuses


def send(port, content, *, ends):
    """Return what the service sends back until it closes the connection; we close our half where it `ends`."""
    with socket.create_connection(("127.0.0.1", port), timeout=HANG_S) as connection:
        answer = b""
        with contextlib.suppress(ConnectionError):
            connection.sendall(content)
            if ends:
                with contextlib.suppress(OSError):  # the service has refused what came before, and closed
                    connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(2**16):
                answer += piece
    return answer
