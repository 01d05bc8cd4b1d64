"""A process that sets up one piece of work, and does it each time that it reads a line.

python -m benchmarks.worker MODULE:FUNCTION CLOCK REPEATS [ARGUMENT …]
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import resource
import sys

from benchmarks.race import CLOCKS, MIB


def main(work: str, clock: str, repeats: int, arguments: list[str]) -> None:
    """Answer each line of the input with seconds a call, the answer of the last call, and the peak of memory."""
    said, sys.stdout = os.fdopen(os.dup(1), "w"), sys.stderr
    module, _, function = work.partition(":")
    call = getattr(importlib.import_module(module), function)(*arguments)
    gc.collect()
    said.write("{}\n")
    said.flush()
    now = CLOCKS[clock]
    for _ in sys.stdin:
        start = now()
        for _ in range(repeats):
            answer = call()
        seconds = (now() - start) / repeats
        most = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        said.write(json.dumps({"seconds": seconds, "answer": answer, "memory": most // MIB}) + "\n")
        said.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:])
