"""What a message may cost to parse: lines of its head, runs of blanks, frames of chunks, chunks for few bytes.

h11 alone bounds the bytes of what is incomplete. It takes microseconds for each line and each chunk, and for a run of
blanks a time that grows with its square.
"""

from __future__ import annotations

import re
from typing import NoReturn

import h11

LONGEST_HEAD_BYTES = 64 * 1024
MOST_LINES = 128  # of a head
LONGEST_FRAME = 1024  # bytes between two chunks, and of trailers
FREE_CHUNKS, SMALLEST_CHUNK = 1000, 64  # with more chunks, so many bytes each on average
MALFORMED = "The request is not well-formed HTTP."

END = re.compile(rb"\n\r?\n")
BLANKS = re.compile(rb"[ \t]{256}")


class BoundedConnection(h11.Connection):
    """The server's side of HTTP/1.1, which refuses what costs much to parse; `refusal` says why a message is bad."""

    def __init__(self) -> None:
        super().__init__(h11.SERVER, LONGEST_HEAD_BYTES)
        self.refusal = MALFORMED
        self._chunks = self._bytes = 0
        self._at_frame = self._at_trailers = False

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        """Return the next event; raises RemoteProtocolError as soon as a bound is passed."""
        if self.their_state is h11.IDLE:
            self._check_head(self.trailing_data[0])
        elif self._at_frame:
            self._check_frame(self.trailing_data[0])
        elif self._at_trailers:
            self._check_trailers(self.trailing_data[0])
        event = super().next_event()
        if isinstance(event, h11.Request):
            self._chunks = self._bytes = 0
            self._at_frame = any(name == b"transfer-encoding" for name, _ in event.headers)
        elif isinstance(event, h11.Data):
            self._count(event)
        elif isinstance(event, h11.EndOfMessage):
            self._at_frame = self._at_trailers = False
        return event

    def _check_head(self, data: bytes) -> None:
        head = END.split(data, maxsplit=1)[0]
        if head.count(b"\n") > MOST_LINES:
            self._refuse(f"The head of the request has more than {MOST_LINES} lines.")
        if BLANKS.search(head):
            self._refuse("The head of the request has a long run of blanks.")

    def _check_frame(self, data: bytes) -> None:
        """Check the line that begins a chunk, behind the end of the chunk before; that of size 0 begins trailers."""
        line, whole, rest = data.removeprefix(b"\r").removeprefix(b"\n").partition(b"\r\n")
        self._check_length(line)
        self._at_frame = not whole
        if whole and not line.partition(b";")[0].strip(b"0 \t"):
            self._at_trailers = True
            self._check_trailers(rest)

    def _check_trailers(self, data: bytes) -> None:
        if not data.startswith((b"\n", b"\r\n")):
            self._check_length(END.split(data, maxsplit=1)[0])

    def _check_length(self, frame: bytes) -> None:
        if len(frame) > LONGEST_FRAME:
            self._refuse(f"More than {LONGEST_FRAME} bytes stand between two chunks of the body or after the last.")

    def _count(self, data: h11.Data) -> None:
        self._chunks += data.chunk_end
        self._bytes += len(data.data)
        self._at_frame = data.chunk_end
        if self._chunks > FREE_CHUNKS + self._bytes // SMALLEST_CHUNK:
            self._refuse(f"The chunks of the body have less than {SMALLEST_CHUNK} bytes on average. Send larger ones.")

    def _refuse(self, detail: str) -> NoReturn:
        self.refusal = detail
        raise h11.RemoteProtocolError(detail)
