"""Processes that run queries of users: one that is killed at a limit, and a pool of them."""

from __future__ import annotations

import contextlib
import json
import math
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from typing import IO, ClassVar, NamedTuple, cast

from rrmm.errors import FormError, KnowledgeError, QueryError, QueryRefused, QueryStopped
from rrmm.graph.sandbox.messages import Dataset, Names, Reply, Request, Setup

ERRORS = {"refused": QueryRefused, "stopped": QueryStopped, "form": FormError, "query": QueryError}
MIB = 1024**2
TICK = 0.05
RENEWAL, PAUSE = 5, 0.1  # seconds that a process may take to start, and before it is tried
HUGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}  # a query walks the whole graph: fewer pages, fewer misses
FORBIDDEN_CALL = -getattr(signal, "SIGSYS", 0) or None


ALL, NAMELESS = Dataset(), Names({})


class Limits(NamedTuple):
    """The limits of one query: seconds, bytes of memory, bytes of answer."""

    seconds: float = 60
    memory: int = 4096 * MIB
    answer: int = 1024 * MIB


class Answer(NamedTuple):
    """The answer of a query: the name of its form (``json``, ``turtle`` …) and its bytes."""

    form: str
    body: bytes


class Worker:
    """A process that holds the graph and answers one query at a time."""

    code: ClassVar[tuple[str, ...]] = ("-m", "rrmm.graph.sandbox.process")

    def __init__(self, snapshot: bytes, limits: Limits, names: Names = NAMELESS) -> None:
        self.snapshot, self.limits, self.names = snapshot, limits, names
        self._deadline, self._closed = math.inf, threading.Event()
        self.start()
        threading.Thread(target=self._watch, daemon=True).start()

    def start(self) -> None:
        """Start the process again; raises KnowledgeError when it does not come up."""
        self.process = subprocess.Popen(  # noqa: S603 # the command is ours
            [sys.executable, *self.code],
            env=HUGE_PAGES | os.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._requests = cast(IO[bytes], self.process.stdin)
        self._answers = cast(IO[bytes], self.process.stdout)
        setup: Setup = {
            "bytes": len(self.snapshot),
            "memory": self.limits.memory,
            "answer": self.limits.answer,
            "names": self.names,
        }
        if not self._send(json.dumps(setup).encode() + b"\n" + self.snapshot) or not self._reply():
            self._end()
            raise KnowledgeError("The process that runs queries did not start. Is there memory for it?")

    def ask(
        self, text: str, table: str | None = "json", graph: str | None = "turtle", dataset: Dataset = ALL
    ) -> Answer:
        """Return the answer of a query, in the form `table` or `graph` according to its kind.

        Raises QueryRefused, FormError for a kind whose form is None, QueryStopped at a limit, or QueryError.
        After QueryStopped the process may be dead: see `alive`, and renew it by `start`.
        """
        seconds = self.limits.seconds
        request: Request = {
            "query": text,
            "dataset": dataset,
            "table": table,
            "graph": graph,
            "seconds": seconds,
        }
        self._deadline = deadline = time.monotonic() + seconds
        reply = self._reply() if self._send(json.dumps(request).encode() + b"\n") else {}
        body = self._body(reply.get("bytes", 0))
        self._deadline = math.inf
        if "error" in reply:
            raise ERRORS[reply["error"]](reply["message"])
        if body is not None and "form" in reply:
            return Answer(reply["form"], body)
        self._end()
        if self.process.returncode == FORBIDDEN_CALL:
            raise QueryRefused("The query reached for the network and was stopped: a query reads this graph alone.")
        if time.monotonic() > deadline:
            raise QueryStopped(f"The query took longer than {seconds:g} s and was stopped. Narrow it.")
        raise QueryStopped("The query used too much memory, or is nested too deeply, and was stopped. Narrow it.")

    @property
    def alive(self) -> bool:
        """Whether the process takes queries."""
        return self.process.poll() is None

    def wait(self, seconds: float) -> bool:
        """Wait for the process to end for good; return whether it has."""
        return self._closed.wait(seconds)

    def close(self) -> None:
        """End the process for good."""
        self._closed.set()
        self._end()

    def _end(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self._requests, self._answers):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()

    def __enter__(self) -> Worker:
        """Return the worker itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self.close()

    def _watch(self) -> None:
        """Kill the process when its deadline has passed."""
        while not self._closed.wait(TICK):
            if time.monotonic() > self._deadline:
                self.process.kill()

    def _send(self, content: bytes) -> bool:
        try:
            self._requests.write(content)
            self._requests.flush()
        except OSError:
            return False
        return True

    def _reply(self) -> Reply:
        line = self._answers.readline()
        return json.loads(line) if line.endswith(b"\n") else {}

    def _body(self, size: int) -> bytes | None:
        body = self._answers.read(size)
        return body if len(body) == size else None


class Pool:
    """Workers that hold the same graph; a query waits for a free one."""

    def __init__(self, snapshot: bytes, size: int, limits: Limits, names: Names = NAMELESS) -> None:
        self.limits, self._free = limits, queue.LifoQueue[Worker]()
        self.workers = [Worker(snapshot, limits, names) for _ in range(size)]
        for worker in self.workers:
            self._free.put(worker)

    def ask(
        self, text: str, table: str | None = "json", graph: str | None = "turtle", dataset: Dataset = ALL
    ) -> Answer:
        """Return the answer of a query as `Worker.ask` does, and renew a process that the query has killed.

        Who killed it waits for the new one, lest one client ends all processes. Raises QueryStopped too when no process
        becomes free within the time of one query and a renewal.
        """
        try:
            worker = self._free.get(timeout=self.limits.seconds + RENEWAL)
        except queue.Empty:
            raise QueryStopped("Too many queries at once. Ask again in a moment.") from None
        try:
            return worker.ask(text, table, graph, dataset)
        finally:
            if worker.alive or self._start(worker):
                self._free.put(worker)
            else:
                threading.Thread(target=self._renew, args=[worker], daemon=True).start()

    def close(self) -> None:
        """End all processes."""
        for worker in self.workers:
            worker.close()

    def _renew(self, worker: Worker) -> None:
        """Start a process again, until it comes up or the pool is closed: memory and places of the system come back."""
        while not worker.wait(PAUSE):
            if self._start(worker):
                self._free.put(worker)
                return

    def _start(self, worker: Worker) -> bool:
        """Start a process again, unless it has ended for good; return whether it came up."""
        with contextlib.suppress(KnowledgeError, OSError):
            if not worker.wait(0):
                worker.start()
        return worker.alive
