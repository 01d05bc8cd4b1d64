"""The process that runs one query of a user: no sockets, limited memory, killed when it takes too long."""

from __future__ import annotations

import json
import sys

MEMORY = 4 * 1024**3


def main() -> int:
    """Read a header line and a graph from standard input; write the answer's kind and body."""
    import pyoxigraph as ox

    header = json.loads(sys.stdin.buffer.readline())
    store = ox.Store()
    store.bulk_load(sys.stdin.buffer.read(), format=ox.RdfFormat.N_TRIPLES)
    _confine(int(header["seconds"]) + 1)
    try:
        results = store.query(header["query"])
        if isinstance(results, ox.QueryTriples):
            kind, body = "turtle", results.serialize(format=ox.RdfFormat.TURTLE)
        else:
            kind, body = "json", results.serialize(format=ox.QueryResultsFormat.JSON)
    except (OSError, SyntaxError, RuntimeError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.buffer.write(kind.encode() + b"\n" + (body or b""))
    return 0


def _confine(seconds: int) -> None:
    """Take the means to open files or sockets, and bound memory and processor time."""
    try:
        import resource
    except ImportError:
        return
    for limit, value in ((resource.RLIMIT_NOFILE, 3), (resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, seconds)):
        try:
            resource.setrlimit(limit, (value, value))
        except (OSError, ValueError):
            continue


if __name__ == "__main__":
    sys.exit(main())
