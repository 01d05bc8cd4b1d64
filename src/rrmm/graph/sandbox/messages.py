"""The messages between the process that runs queries and the one that asks: one line of JSON each, then bytes."""

from __future__ import annotations

from typing import NamedTuple, TypedDict


class Names(NamedTuple):
    """What a query may leave out or refer to: prefixes, the base of relative addresses, and the name of the graph."""

    prefixes: dict[str, str]
    base: str | None = None
    graph: str = "urn:rrmm:graph"


class Dataset(NamedTuple):
    """Where a query looks: whether the graph is its default graph, and whether it is one of its named graphs."""

    default: bool = True
    named: bool = True


class Setup(TypedDict):
    """The first message to the process; `bytes` of N-Triples follow, `names` are the fields of `Names`."""

    bytes: int
    memory: int
    answer: int
    names: Names


class Request(TypedDict):
    """One query: its dataset, the wanted form of a table and of a graph, None for refused, and its seconds."""

    query: str
    dataset: Dataset
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
