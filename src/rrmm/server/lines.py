"""The messages of a client on standard input, a line each: valid ones are passed on, any other is answered at once.

Without an answer a client would wait for ever; and of a key that stands twice, the last would win in silence.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import BinaryIO, TypeGuard

from anyio import CapacityLimiter, move_on_after, sleep, to_thread

from rrmm.errors import PatientError
from rrmm.texts import check_texts, parse_json

LONGEST = 4_000_000
"""Bytes of the longest message: several times those of the largest patient."""

LAST_SECONDS = 30.0  # for answers, once nothing more is asked
POLL = 0.02  # seconds
CANCELLED = "notifications/cancelled"

PARSE_ERROR, INVALID_REQUEST = -32700, -32600
"""The codes of JSON-RPC (https://www.jsonrpc.org/specification#error_object)."""

Refuse = Callable[[str | int | None, int, str], Awaitable[None]]


class Lines:
    """Gives the lines of a stream that hold one message; `refuse` answers any other by its id, if it has one.

    The end of the stream is the end when all requests are answered, or after a while.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.refuse: Refuse
        self._asked = set[object]()
        self._thread = CapacityLimiter(1)  # of its own: a message is read while all others work

    async def __aiter__(self) -> AsyncIterator[str]:
        """Yield each line; raises nothing for what a client sends."""
        while line := await self._read():
            if len(line) == LONGEST and not line.endswith(b"\n"):
                await self._drop_rest()
                await self.refuse(None, PARSE_ERROR, f"Not a clear message: longer than {LONGEST:,} bytes")
            elif line.strip():
                try:
                    text = line.decode()
                    message = parse_json(text)
                    if not isinstance(message, dict):
                        raise ValueError("one JSON object a line")
                    check_texts(message, "the message")
                except (ValueError, PatientError) as error:
                    await self.refuse(_find_id(line), PARSE_ERROR, f"Not a clear message: {error}")
                    continue
                if fault := _find_fault(message):
                    await self.refuse(_find_id(line), INVALID_REQUEST, f"Not a valid request: {fault}")
                else:
                    self._note(message)
                    yield text
        with move_on_after(LAST_SECONDS):
            while self._asked:
                await sleep(POLL)

    def note_answer(self, to: object) -> None:
        """Forget a request that is answered."""
        self._asked.discard(to)

    def _note(self, message: Mapping[str, object]) -> None:
        """Remember a request until it is answered, or taken back by the client."""
        if message.get("method") == CANCELLED and isinstance(given := message.get("params"), dict):
            self._asked -= {name for name in (given.get("requestId"),) if _is_id(name)}
        elif "method" in message and "id" in message:
            self._asked.add(message["id"])

    async def _drop_rest(self) -> None:
        """Read a line to its end."""
        while (line := await self._read()) and not line.endswith(b"\n"):
            pass

    async def _read(self) -> bytes:
        return await to_thread.run_sync(self.stream.readline, LONGEST, limiter=self._thread)


def _find_fault(message: Mapping[str, object]) -> str:
    """Return why a message is no request, notification or response of JSON-RPC 2.0, or "".

    >>> _find_fault({"jsonrpc": "2.0", "id": 1, "method": "ping"}), _find_fault({"jsonrpc": "2.0", "id": 1})
    ('', 'method takes a text')
    """
    if message.get("jsonrpc") != "2.0":
        return 'jsonrpc takes "2.0"'
    if "id" in message and not _is_id(message["id"]):
        return "id takes a text or a whole number"
    if "result" in message or "error" in message:
        return "method stands beside result or error" if "method" in message else ""
    if not isinstance(message.get("method"), str):
        return "method takes a text"
    return "" if isinstance(message.get("params", {}), dict) else "params takes an object"


def _is_id(value: object) -> TypeGuard[str | int]:
    return isinstance(value, (str, int)) and not isinstance(value, bool)


def _find_id(line: bytes) -> str | int | None:
    r"""Return the id of a message that is unclear, or None where it has none that an answer can hold.

    >>> _find_id(b'{"id": 7, "params": {"age": 1, "age": 2}}'), _find_id(b"{"), _find_id(rb'{"id": "\ud800"}')
    (7, None, None)
    """
    with contextlib.suppress(ValueError, RecursionError, PatientError):
        message = json.loads(line)
        if isinstance(message, dict) and _is_id(given := message.get("id")):
            check_texts(given, "id")
            return given
    return None
