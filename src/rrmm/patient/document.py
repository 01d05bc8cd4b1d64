"""Reads a patient file: YAML 1.2 or JSON in, a mapping out. What its words mean is `rrmm.patient.resolve`'s.

Patient data is not logged.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rrmm.errors import LONGEST_NAME, PatientError
from rrmm.texts import MOST_LEVELS, TOO_DEEP, Unclear, check_texts, parse_json, read_bytes, show_line

MAXIMUM_CHARACTERS = 1_000_000
BYTES_PER_CHARACTER = 4
MOST_PARTS = 500_000

AS_WRITTEN = ("id", "title")
NULL, TEXT = "tag:yaml.org,2002:null", "tag:yaml.org,2002:str"

Document = Mapping[str, object]


def read(text: str, where: str) -> dict[str, object]:
    """Return the mapping of a YAML 1.2 or JSON patient file; `where` names it in errors.

    Raises PatientError when it is empty, too large, not YAML, or not a mapping with text keys.
    """
    if len(text) > MAXIMUM_CHARACTERS:
        raise PatientError(f"{where}: {len(text):,} characters; a patient file has at most {MAXIMUM_CHARACTERS:,}.")
    if not text.strip():
        raise PatientError(f"{where}: empty. Give at least one key, or see: rrmm schema patient")
    document = _parse(text, where)
    if _is_endless(document):
        raise PatientError(
            f"{where}: its aliases hold themselves, or too much. Write out what they stand for.", file=where
        )
    if not isinstance(document, dict) or not all(isinstance(key, str) for key in document):
        raise PatientError(f"{where}: a patient is a mapping of keys to values. See: rrmm schema patient")
    check_texts(document, where)
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


def _is_endless(document: object) -> bool:
    """Return whether a document has more parts than a patient file can have: by the aliases of YAML, even endlessly."""
    parts, count = [document], 0
    while parts and count <= MOST_PARTS:
        part = parts.pop()
        below = [*part, *part.values()] if isinstance(part, Mapping) else part if isinstance(part, list) else []
        parts += below
        count += len(below)
    return count > MOST_PARTS


def _keep_as_written(node: Any) -> None:
    """Make text of the values that are text whatever they look like: an identifier 007 is no number."""
    for key, value in node.value if node is not None and node.id == "mapping" else ():
        if key.id == value.id == "scalar" and key.value in AS_WRITTEN and value.tag != NULL:
            value.tag = TEXT
