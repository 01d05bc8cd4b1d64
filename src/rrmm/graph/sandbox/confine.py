"""What a process gives up before it runs a query: files, sockets, memory beyond a limit.

On Linux a filter of system calls (https://man7.org/linux/man-pages/man2/seccomp.2.html) ends a process that asks for
a socket, so that a query which tries, silently too, has no answer. Elsewhere a process that may open no file can open
no socket.
"""

from __future__ import annotations

import ctypes
import platform
import sys

SYSTEM_CALLS = {  # the architecture and the number of `socket` on it
    "x86_64": (0xC000003E, 41),
    "aarch64": (0xC00000B7, 198),
}
NO_NEW_PRIVILEGES, SET_SECCOMP, FILTER_MODE = 38, 22, 2
LOAD, IF_EQUAL, RETURN = 0x20, 0x15, 0x06
NUMBER, ARCHITECTURE = 0, 4
KILL, ALLOW = 0x80000000, 0x7FFF0000


class _Instruction(ctypes.Structure):
    _fields_ = [  # as ctypes wants it
        ("code", ctypes.c_uint16),
        ("if_true", ctypes.c_uint8),
        ("if_false", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    ]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("first", ctypes.POINTER(_Instruction))]  # likewise


def confine(memory: int) -> bool:
    """Forbid new files and sockets, bound the memory, and return whether no socket can be opened."""
    filtered = _forbid_sockets()
    limited = _limit("RLIMIT_NOFILE", 3)
    _limit("RLIMIT_AS", memory)
    return filtered or limited


def _forbid_sockets() -> bool:
    """Have the system end this process when it asks for a socket; return False where it cannot."""
    if sys.platform != "linux" or platform.machine() not in SYSTEM_CALLS:
        return False
    architecture, socket = SYSTEM_CALLS[platform.machine()]
    steps = [
        (LOAD, 0, 0, ARCHITECTURE),
        (IF_EQUAL, 0, 2, architecture),
        (LOAD, 0, 0, NUMBER),
        (IF_EQUAL, 0, 1, socket),
        (RETURN, 0, 0, KILL),
        (RETURN, 0, 0, ALLOW),
    ]
    instructions = (_Instruction * len(steps))(*(_Instruction(*step) for step in steps))
    program = _Program(len(steps), instructions)
    try:
        control = ctypes.CDLL(None).prctl
        return not control(NO_NEW_PRIVILEGES, 1, 0, 0, 0) and not control(
            SET_SECCOMP, FILTER_MODE, ctypes.byref(program), 0, 0
        )
    except (OSError, AttributeError):
        return False


def _limit(name: str, value: int) -> bool:
    """Set a limit of this process; return False where the system has none."""
    try:
        import resource

        resource.setrlimit(getattr(resource, name), (value, value))
    except (ImportError, OSError, ValueError):
        return False
    return True
