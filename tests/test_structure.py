"""The structure of the package: few rooms, few floors, no circle. The order itself is held by import-linter."""

from __future__ import annotations

import functools
import sys

import grimp

ROOMS, FLOORS = 25, 14


def test_rooms_and_floors(capsys):
    """What lies directly in the package is few things, and the longest chain of imports between them is short."""
    graph = grimp.build_graph("rrmm")
    rooms = {module.split(".")[1] for module in graph.modules if "." in module} - {"__main__"}
    below = {
        room: {
            other
            for other in rooms - {room}
            if graph.find_shortest_chains(f"rrmm.{room}", f"rrmm.{other}", as_packages=True)
        }
        for room in rooms
    }

    @functools.cache
    def floor(room):
        assert room not in {above for other in below[room] for above in below[other]}, f"{room} is in a circle"
        return 1 + max(map(floor, below[room]), default=0)

    highest = max(map(floor, rooms))
    with capsys.disabled():
        sys.stdout.write(f"\n{len(rooms)} rooms, {highest} floors\n")
    assert len(rooms) <= ROOMS
    assert highest <= FLOORS
