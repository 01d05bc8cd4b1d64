"""What a drug is for, and whether it was given: outright by a field of the record, or a text raises a doubt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rrmm.intake.coverage import left_over, mark_names, mark_phrases
from rrmm.intake.drugs import SUPPORTIVE, Named
from rrmm.intake.records import Exposure
from rrmm.intake.tables import Tables
from rrmm.intake.wording import BESIDE_NOT_GIVEN, find_outright, stop_stated

DOUBTED = (SUPPORTIVE, "conditioning")
NOT_GIVEN, PERHAPS_NOT_GIVEN = "not given", "perhaps not given"
FOR_WHAT = "it may say what the drug is for, and is no reason given outright; taken as a prior drug"
WHETHER = "it may say that the drug was not given, and does not say so outright; taken as a prior drug"
ANOTHER_STOP = "it may say why the drug was stopped, and does not say so outright; no reason is read"
NOTHING = "a dose of 0"


def stated_use(tables: Tables, exposure: Exposure, named: Named) -> str | None:
    """Return the use of a drug by the reasons given outright; against a side effect only a steroid is given."""
    reasons = find_outright(tables, exposure.use)
    if use := tables.means("use", *reasons):
        return use
    steroid = bool(named.drugs) and all(drug.steroid for drug in named.drugs)
    return SUPPORTIVE if steroid and any(tables.by_text("side effect", text) for text in reasons) else None


def another_disease(tables: Tables, reasons: Iterable[str]) -> str:
    """Return a reason given outright that names another disease which drugs of the myeloma treat, "" for none."""
    place = "another treated disease"
    return next((text for text in find_outright(tables, reasons) if tables.by_text(place, text)), "")


def find_withheld(tables: Tables, exposure: Exposure, named: Named) -> str:
    """Return what says, and says alone, that a drug was not given; "" where nothing does."""
    if exposure.empty and exposure.kind == "administration":
        return NOTHING
    own = {drug.label for drug in named.drugs}
    return next((text for text in _texts(exposure) if _is_not_given(tables, text, own)), "")


def find_doubts(tables: Tables, exposure: Exposure) -> Iterator[tuple[str, str]]:
    """Yield texts by which a prior drug may have been given for something else or not at all, each with the doubt.

    The same for one that may say why it was stopped.
    """
    doubts = [text for text in (*exposure.notes, *exposure.use) if tables.means("use", text) in DOUBTED]
    doubts += [text for text in exposure.use if tables.by_text("side effect", text)]
    yield from ((text, FOR_WHAT) for text in doubts[:1])
    if exposure.empty:
        yield NOTHING, WHETHER
    unread = [text for text in exposure.notes if tables.by_text("stop stated", text)]
    yield from ((text, ANOTHER_STOP) for text in unread if not stop_stated(tables, (), [text]))
    for text in _texts(exposure):
        if tables.by_text(NOT_GIVEN, text) or tables.by_text(PERHAPS_NOT_GIVEN, text):
            yield text, WHETHER


def _texts(exposure: Exposure) -> tuple[str, ...]:
    return (*exposure.stop, *exposure.notes, *exposure.dose)


def _is_not_given(tables: Tables, text: str, own: set[str]) -> bool:
    phrases = mark_phrases(tables.fold(text), tables.places[NOT_GIVEN])
    names = mark_names(tables, phrases.text, ("drug", "regimen"))
    is_own = all(any(meaning.label in own for meaning in meanings) for meanings in names.meanings)
    return bool(phrases.rules) and is_own and not left_over(tables, names.text, BESIDE_NOT_GIVEN)
