"""What a drug is for, and whether it was given: outright by a field of the record, or a text raises a doubt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rrmm.intake.coverage import left_over, mark_names, mark_phrases
from rrmm.intake.drugs import SUPPORTIVE, Named
from rrmm.intake.records import Exposure
from rrmm.intake.tables import Tables
from rrmm.intake.wording import BESIDE_NOT_GIVEN, FAILURES, find_outright, stop_stated

BRIDGING = "bridging"
DOUBTED = (SUPPORTIVE, "conditioning", "lymphodepletion", BRIDGING)
NOT_GIVEN, PERHAPS_NOT_GIVEN = "not given", "perhaps not given"
FOR_WHAT = "it may say what the drug is for, and is no reason given outright; taken as a prior drug"
ITS_LINE = "it may say that the drug begins no line of its own; its line is that of its dates"
WHETHER = "it may say that the drug was not given, and does not say so outright; taken as a prior drug"
UNREAD_REASON = "a reason that is not understood; taken as a prior drug of the myeloma"
ANOTHER_STOP = "it may say why the drug was stopped, and does not say so outright; no reason is read"
NOTHING = "a dose of 0"


def stated_use(tables: Tables, exposure: Exposure, named: Named) -> str | None:
    """Return the use of a drug by the reasons given outright; against a side effect only a steroid is given.

    Beside a reason that names the myeloma, another one says nothing of what a drug that is no steroid is for.
    """
    reasons = find_outright(tables, exposure.use)
    steroid = bool(named.drugs) and all(drug.steroid for drug in named.drugs)
    use = tables.means("use", *reasons)
    if use and not (use in DOUBTED and exposure.myeloma and named.drugs and not steroid):
        return use
    return SUPPORTIVE if steroid and any(tables.by_text("side effect", text) for text in reasons) else None


def another_disease(tables: Tables, reasons: Iterable[str]) -> str:
    """Return a reason that names another disease which drugs of the myeloma treat, and says that alone; "" for none."""
    return next((text for text in find_outright(tables, reasons) if _is_another(tables, text)), "")


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
    yield from ((text, ITS_LINE if tables.means("use", text) == BRIDGING else FOR_WHAT) for text in doubts[:1])
    if exposure.empty:
        yield NOTHING, WHETHER
    yield from ((text, UNREAD_REASON) for text in exposure.use if not exposure.myeloma and not _is_read(tables, text))
    ends = [text for text in exposure.notes if tables.by_text("stop stated", text) or _decides(tables, text)]
    yield from ((text, ANOTHER_STOP) for text in ends if not stop_stated(tables, (), [text]))
    for text in _texts(exposure):
        if tables.by_text(NOT_GIVEN, text) or tables.by_text(PERHAPS_NOT_GIVEN, text):
            yield text, WHETHER


def _is_another(tables: Tables, reason: str) -> bool:
    phrases = mark_phrases(tables.fold(reason), tables.places["another treated disease"])
    return bool(phrases.rules) and not left_over(tables, phrases.text, "beside another disease")


def _is_read(tables: Tables, reason: str) -> bool:
    """Return whether a reason says what a drug of the myeloma is for."""
    is_known = any(tables.by_text(place, reason) for place in ("use", "side effect", "line stated"))
    return is_known or not left_over(tables, tables.fold(reason), "reason of a drug")


def _decides(tables: Tables, note: str) -> bool:
    rule = tables.by_text("stop reason", note)
    return rule is not None and rule.means in FAILURES


def _texts(exposure: Exposure) -> tuple[str, ...]:
    return (*exposure.stop, *exposure.notes, *exposure.dose)


def _is_not_given(tables: Tables, text: str, own: set[str]) -> bool:
    phrases = mark_phrases(tables.fold(text), tables.places[NOT_GIVEN])
    names = mark_names(tables, phrases.text, ("drug", "regimen"))
    named = {label for meanings in names.meanings for one in meanings for label in (one.drugs or (one.label,))}
    return bool(phrases.rules) and (not named or own <= named) and not left_over(tables, names.text, BESIDE_NOT_GIVEN)
