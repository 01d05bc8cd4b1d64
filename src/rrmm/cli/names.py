"""The command ``rrmm names``: words in, what each means out, or what it could be."""

from __future__ import annotations

import argparse

from rrmm.catalogue.naming.model import PLACES, Answer
from rrmm.cli import arguments
from rrmm.cli.terminal import format_json, write

HELP = "Say what words mean: brands, abbreviations, codes, spellings, regimens of a history."
EXAMPLE = "rrmm names Velcade CVD 'CKD stage 3' --where comorbidity"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument("words", nargs="+", metavar="WORD")
    parser.add_argument("--where", choices=PLACES, help="the place of the words; all places by default")
    arguments.add_overlays(parser)
    arguments.add_endpoint(parser)
    parser.add_argument("--format", choices=["table", "json"], default="table")


def run(options: argparse.Namespace) -> int:
    """Print what each word means and return the exit code."""
    lexicon = arguments.open_with_overlays(options).lexicon
    answers = [lexicon.find(word, options.where) for word in options.words]
    as_json = options.format == "json"
    write(format_json([answer.to_dict() for answer in answers]) if as_json else format_table(answers))
    return 0


def format_table(answers: list[Answer]) -> str:
    """Return lines of text: each word with its meanings, why nothing is taken, and what is offered."""
    lines = []
    for answer in answers:
        lines.append(answer.said)
        for meaning in answer.meanings:
            drugs = f" ({', '.join(meaning.drugs)})" if meaning.where == "regimen" and len(meaning.drugs) > 1 else ""
            grade = f", grade {meaning.grade}" if meaning.grade else ""
            because = f": {meaning.because}" if meaning.because and meaning.because != meaning.label else ""
            lines.append(f"  {meaning.certainty:9}  {meaning.where:12}  {meaning.label}{drugs}{grade}{because}")
        if not answer.meanings:
            lines.append("  unknown" + (f"; near: {', '.join(answer.offers)}" if answer.offers else ""))
    return "\n".join(lines) + "\n"
