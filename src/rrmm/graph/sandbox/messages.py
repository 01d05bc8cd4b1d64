"""The messages between the process that runs queries and the one that asks: one line of JSON each, then bytes."""

from __future__ import annotations

from typing import TypedDict


class Setup(TypedDict):
    """The first message to the process; `bytes` of N-Triples follow."""

    bytes: int
    memory: int
    answer: int
    prefixes: dict[str, str]


class Request(TypedDict):
    """One query: the wanted form of a table and of a graph, None for refused, and the seconds it may take."""

    query: str
    table: str | None
    graph: str | None
    seconds: float


class Reply(TypedDict, total=False):
    """A message of the process: it is ready, a query failed, or `bytes` of an answer follow."""

    ready: int
    error: str
    message: str
    form: str
    bytes: int
