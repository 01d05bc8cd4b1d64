"""What a drug is for: a field of a reason says it; a note, or a side effect, only raises a doubt."""

from __future__ import annotations

from rrmm.intake.drugs import SUPPORTIVE, Named
from rrmm.intake.records import Exposure
from rrmm.intake.tables import Tables
from rrmm.intake.wording import find_outright

DOUBTED = (SUPPORTIVE, "conditioning")


def stated_use(tables: Tables, exposure: Exposure, named: Named) -> str | None:
    """Return the use of a drug by the reasons given outright; against a side effect only a steroid is given."""
    reasons = find_outright(tables, exposure.use)
    if use := tables.means("use", *reasons):
        return use
    steroid = bool(named.drugs) and all(drug.steroid for drug in named.drugs)
    return SUPPORTIVE if steroid and any(tables.by_text("side effect", text) for text in reasons) else None


def doubted_use(tables: Tables, exposure: Exposure) -> str:
    """Return a text by which a prior drug may have been given for something else than the myeloma, "" for none."""
    doubts = [text for text in (*exposure.notes, *exposure.use) if tables.means("use", text) in DOUBTED]
    doubts += [text for text in exposure.use if tables.by_text("side effect", text)]
    return next(iter(doubts), "")
