"""What the name of an observation says beyond what it is of: whose it is, when, of which line or of which disease.

Words beside a name have no end, so a name is read as a whole: what no rule knows makes it the name of something else.
"""

from __future__ import annotations

from functools import lru_cache

from rrmm.intake.coverage import left_over, mark_names, mark_phrases
from rrmm.intake.pieces import UNKNOWN
from rrmm.intake.scopes import mark_lines
from rrmm.intake.sentences import Sentences, fold
from rrmm.intake.tables import Rule, Tables

BESIDE_A_NUMBER, BESIDE_A_NAME = "beside a measure", "beside a name"
BESIDE_A_VALUE = {"response": "beside a response", "ecog": "beside a grade of ecog", "iss": "beside a stage"}
"""Words that may stand beside a value may stand beside its name."""
CYTOGENETICS = "cytogenetics"
GIVEN = ("drug", "regimen", "class", "procedure")


@lru_cache(maxsize=10_000)
def beyond(tables: Tables, name: str, rule: Rule) -> str:
    """Return what a name says beside that of a measure; of a name that is none of it, ""."""
    if tables.by_text("measure", name) is None:
        return ""
    if rule.means == CYTOGENETICS:
        return beyond_cytogenetics(tables, name)
    if not rule.unit.startswith("{"):
        return left_over(tables, mark_phrases(tables.fold(name), [rule]).text, BESIDE_A_NUMBER, f"beside {rule.means}")
    named = mark_names(tables, mark_lines(tables, tables.fold(name)), ("response", *GIVEN)).text
    places = (BESIDE_A_VALUE.get(rule.means, ""), f"beside {rule.means}", BESIDE_A_NAME)
    return left_over(tables, mark_phrases(named, [rule]).text, *places)


@lru_cache(maxsize=10_000)
def beyond_cytogenetics(tables: Tables, name: str) -> str:
    """Return what the name of a cytogenetic test or report says that no rule of reports knows."""
    unknown = " ".join(word.text for word in Sentences(tables).words(fold(name)) if word.kind == UNKNOWN)
    return left_over(tables, unknown, f"beside {CYTOGENETICS}", BESIDE_A_NAME)
