"""Drugs that prepare an infusion of cells: conditioning for a transplantation, lymphodepletion for engineered cells.

They treat no line of the myeloma. What is not near such an infusion, and is not said to prepare one, does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rrmm.intake.dates import Day
from rrmm.intake.drugs import Drug, Named
from rrmm.intake.records import Exposure
from rrmm.intake.tables import RESERVATIONS, Tables
from rrmm.intake.wording import find_outright

CONDITIONING, LYMPHODEPLETION = "conditioning", "lymphodepletion"
SHOWN = {
    CONDITIONING: "conditioning of a transplantation",
    LYMPHODEPLETION: "lymphodepletion before an infusion of engineered cells",
}
"""Each purpose, as a report says it."""


def gives_cells(tables: Tables, named: Named) -> bool:
    """Return whether a drug is engineered cells, which lymphodepletion prepares."""
    return any(tables.by_text("engineered cells", drug.label) for drug in named.drugs)


def purpose(tables: Tables, drug: Drug, named: Named, exposure: Exposure, days: Mapping[str, Sequence[Day]]) -> str:
    """Return what a drug prepares, "" if nothing: by its use, or by the days from it to an infusion of that kind."""
    if _is_conditioning(tables, drug.label, exposure, days[CONDITIONING]):
        return CONDITIONING
    return LYMPHODEPLETION if _is_lymphodepletion(tables, drug, named, exposure, days[LYMPHODEPLETION]) else ""


def _is_conditioning(tables: Tables, label: str, exposure: Exposure, days: Sequence[Day]) -> bool:
    is_usual = label in tables.labels("conditioning drug")
    if (is_usual or not exposure.myeloma) and tables.means("use", *find_outright(tables, exposure.use)) == CONDITIONING:
        return True
    return _is_stated_near(tables, CONDITIONING, exposure, days, notes=is_usual) or (
        is_usual and _is_before(tables, CONDITIONING, exposure, days)
    )


def _is_lymphodepletion(tables: Tables, drug: Drug, named: Named, exposure: Exposure, days: Sequence[Day]) -> bool:
    """Return whether a drug depletes lymphocytes; one that other drugs are given with does not do it by its day."""
    if not _depletes(tables, drug):
        return False
    stated = [*exposure.use, *exposure.concept.words]
    if tables.means("use", *_outright_or_before(tables, stated)) == LYMPHODEPLETION:
        return True
    alone = all(one.steroid or _depletes(tables, one) for one in named.drugs)
    return _is_stated_near(tables, LYMPHODEPLETION, exposure, days, notes=True) or (
        alone and _is_before(tables, LYMPHODEPLETION, exposure, days)
    )


def _depletes(tables: Tables, drug: Drug) -> bool:
    return tables.by_text("lymphodepletion drug", drug.label) is not None


def _outright_or_before(tables: Tables, texts: Sequence[str]) -> Iterator[str]:
    """Yield what texts say outright; what they say of another time, as `before CAR-T`, takes nothing back."""
    for text in texts:
        said, why = tables.plain_part(text, *RESERVATIONS)
        rest = tables.fold(text)[len(said) :]
        if not why or any(one.match(rest) for rule in tables.places["another time"] for one in rule.patterns):
            yield said


def _is_stated_near(tables: Tables, use: str, exposure: Exposure, days: Sequence[Day], *, notes: bool) -> bool:
    """Return whether a dosage or a note says it of a drug that was given near such an infusion."""
    stated = exposure.notes if notes else ()
    if tables.means("use", *exposure.dose, *stated) != use or exposure.start is None:
        return False
    most = tables.limits[f"{use} stated days"]
    return any(abs((day.first - exposure.start.first).days) <= most for day in days)


def _is_before(tables: Tables, use: str, exposure: Exposure, days: Sequence[Day]) -> bool:
    """Return whether a drug was given in the days before such an infusion, and not beyond it."""
    if exposure.start is None:
        return False
    end = exposure.end or exposure.start
    before, late = tables.limits[f"{use} days before"], tables.limits[f"{use} days after"]
    return any(
        (day.first - exposure.start.first).days <= before and -late <= (day.first - end.last).days for day in days
    )
