"""Reads a patient file: YAML 1.2 or JSON in, a mapping out. What its words mean is `rrmm.patient.resolve`'s.

Patient data is not logged.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rrmm.errors import LONGEST_NAME, PatientError, shorten
from rrmm.texts import (
    MOST_LEVELS,
    TOO_DEEP,
    Unclear,
    check_numbers,
    check_texts,
    parse_json,
    read_bytes,
    show_line,
)

MAXIMUM_CHARACTERS = 1_000_000
BYTES_PER_CHARACTER = 4
MOST_PARTS = 500_000

AS_WRITTEN = ("id", "title")
TAGS = "tag:yaml.org,2002:"
NULL, TEXT, DATE = TAGS + "null", TAGS + "str", TAGS + "timestamp"
KEYS = {TEXT, TAGS + "merge"}
VALUES = {NULL, TEXT, DATE} | {TAGS + kind for kind in ("bool", "int", "float", "seq", "map")}

Document = Mapping[str, object]


def read(text: str, where: str) -> dict[str, object]:
    """Return the mapping of a YAML 1.2 or JSON patient file, of values that JSON has; `where` names it in errors.

    A date is the text that stands there. Raises PatientError when it is empty, too large, not YAML, or not a mapping
    with text keys.
    """
    if len(text) > MAXIMUM_CHARACTERS:
        raise PatientError(f"{where}: {len(text):,} characters; a patient file has at most {MAXIMUM_CHARACTERS:,}.")
    if not text.strip():
        raise PatientError(f"{where}: empty. Give at least one key, or see: rrmm schema patient")
    document = _parse(text, where)
    if not isinstance(document, dict) or not all(isinstance(key, str) for key in document):
        raise PatientError(f"{where}: a patient is a mapping of keys to values. See: rrmm schema patient")
    check_texts(document, where)
    check_numbers(document, where)
    return document


def load(path: Path) -> dict[str, object]:
    """Return the mapping of the patient file at `path`; raises PatientError as `read` does."""
    try:
        content = read_bytes(path, BYTES_PER_CHARACTER * MAXIMUM_CHARACTERS)
        return read(content.decode("utf-8-sig"), str(path))
    except OSError as error:
        raise PatientError(f"{path}: cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise PatientError(f"{path}: not UTF-8 text.") from None


def _parse(text: str, where: str) -> object:
    try:
        document = parse_json(text)
        numeric = isinstance(document, dict) and any(isinstance(document.get(key), (int, float)) for key in AS_WRITTEN)
        return _parse_yaml(text, where) if numeric else document
    except Unclear as error:
        raise PatientError(f"{where}: {error}") from None
    except ValueError:
        return _parse_yaml(text, where)


def _parse_yaml(text: str, where: str) -> object:
    from ruamel.yaml import YAML
    from ruamel.yaml.composer import MaxDepthExceededError
    from ruamel.yaml.error import YAMLError

    try:
        yaml = YAML(typ="safe", pure=True)
        yaml.max_depth = MOST_LEVELS
        node = yaml.compose(text)
        _check_nodes(node, where)
        _keep_as_written(node)
        document: object = yaml.constructor.construct_document(node) if node is not None else None
    except MaxDepthExceededError as error:
        raise PatientError(f"{where}:{error.problem_mark.line + 1}: {TOO_DEEP}") from None
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = str(getattr(error, "problem", None) or "not YAML")[:LONGEST_NAME]  # it quotes whole values
        raise PatientError(f"{where}{line}: {show_line(problem)}. Mend the YAML there.") from None
    except (ValueError, TypeError, RecursionError, AttributeError, KeyError, IndexError, OverflowError) as error:
        raise PatientError(f"{where}: not a patient file ({type(error).__name__}: {error}).") from None
    return document


def _check_nodes(root: Any, where: str) -> None:
    """Raise PatientError for YAML that unfolds into more than a patient file can hold, or has what JSON has not.

    Aliases unfold, even endlessly; a date becomes text.
    """
    nodes, parts, characters = [] if root is None else [root], 0, 0
    while nodes:
        node = nodes.pop()
        if node.tag not in VALUES:
            kind = show_line(shorten(node.tag.replace(TAGS, "!!")))
            problem = f"{kind} is not read. Write text, a number, true, false, null, a list or a mapping."
            raise PatientError(f"{where}:{node.start_mark.line + 1}: {problem}", file=where)
        if node.id == "scalar":
            characters += len(node.value)
            node.tag = TEXT if node.tag == DATE else node.tag
        elif node.id == "sequence":
            nodes += node.value
            parts += len(node.value)
        else:
            nodes += (value for _, value in node.value)
            parts += 2 * len(node.value)
            characters += sum(len(key.value) for key, _ in node.value)
            if not {key.tag for key, _ in node.value} <= KEYS:
                problem = "a patient is a mapping of keys to values, each key a text. See: rrmm schema patient"
                raise PatientError(f"{where}:{node.start_mark.line + 1}: {problem}", file=where)
        if parts > MOST_PARTS or characters > MAXIMUM_CHARACTERS:
            raise PatientError(
                f"{where}: its aliases hold themselves, or too much. Write out what they stand for.", file=where
            )


def _keep_as_written(node: Any) -> None:
    """Make text of the values that are text whatever they look like: an identifier 007 is no number."""
    for key, value in node.value if node is not None and node.id == "mapping" else ():
        if key.id == value.id == "scalar" and key.value in AS_WRITTEN and value.tag != NULL:
            value.tag = TEXT
