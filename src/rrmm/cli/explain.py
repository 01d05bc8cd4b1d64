"""The command ``rrmm explain``: the IRI of a statement in, what it says and where it stands out."""

from __future__ import annotations

import argparse

from rrmm.cli import show

HELP = "Explain one statement: what it says, where it stands, what is doubtful."
EXAMPLE = "rrmm explain trial:endeavor.pfs-del17p-kd"
run = show.run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    show.add_arguments(parser, metavar="IRI")
