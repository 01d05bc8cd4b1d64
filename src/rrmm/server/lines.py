"""The messages of a client on standard input, a line each: clear ones are passed on, any other is answered at once.

Without an answer a client would wait for ever; and of a key that stands twice, the last would win in silence.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import BinaryIO

from anyio import to_thread

from rrmm.errors import PatientError
from rrmm.texts import check_texts, parse_json

LONGEST = 4_000_000
"""Bytes of the longest message: several times those of the largest patient."""

Refuse = Callable[[str | int | None, str], Awaitable[None]]


class Lines:
    """Gives the lines of a stream that hold one JSON object; `refuse` answers any other by its id, if it has one."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.refuse: Refuse

    async def __aiter__(self) -> AsyncIterator[str]:
        """Yield each line; raises nothing for what a client sends."""
        while line := await to_thread.run_sync(self.stream.readline, LONGEST):
            if len(line) == LONGEST and not line.endswith(b"\n"):
                await self._drop_rest()
                await self.refuse(None, f"longer than {LONGEST:,} bytes")
            elif line.strip():
                try:
                    text = line.decode()
                    message = parse_json(text)
                    if not isinstance(message, dict):
                        raise ValueError("one JSON object a line")
                    check_texts(message, "the message")
                    yield text
                except (ValueError, PatientError) as error:
                    await self.refuse(_find_id(line), str(error))

    async def _drop_rest(self) -> None:
        """Read a line to its end."""
        while (line := await to_thread.run_sync(self.stream.readline, LONGEST)) and not line.endswith(b"\n"):
            pass


def _find_id(line: bytes) -> str | int | None:
    """Return the id of a message that is unclear, or None.

    >>> _find_id(b'{"id": 7, "params": {"age": 1, "age": 2}}'), _find_id(b"{")
    (7, None)
    """
    with contextlib.suppress(ValueError, RecursionError):
        message = json.loads(line)
        if isinstance(message, dict) and isinstance(given := message.get("id"), (str, int)):
            return given
    return None
