"""How near an option stands to a patient: by the settings of the statements in favour of it.

It weighs no statement and compares no trials: one statement whose setting holds is enough.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Generic, NamedTuple

from rrmm.derivation.guidance import Firing
from rrmm.derivation.states import Verdicts, merge
from rrmm.logic.circuit import B
from rrmm.rules.effects import Fit
from rrmm.rules.model import Guidance


class Unmet(NamedTuple, Generic[B]):
    """A rule that limits an option, by a drug of it or none: whether it is known to be unmet, and what would tell."""

    rule: Guidance
    drug: str
    holds: B
    needs: Mapping[str, B]


class FitBits(NamedTuple, Generic[B]):
    """The fit of an option, which an excluded one has not.

    `because` holds the guidance, with the drug by which it stands against the option or nothing, that makes the
    fit; a recommended option fits by its recommendation. `needs` are the keys that could change the fit.
    """

    values: Mapping[Fit, B]
    because: Mapping[tuple[str, str], B]
    needs: Mapping[str, B]


def fit_of(
    fired: Firing[B],
    statements: Sequence[tuple[Guidance, Verdicts[B]]],
    unmet: Sequence[Unmet[B]],
    live: B,
    recommended: B,
) -> FitBits[B]:
    """Return the fit of an option that is `live` where it is offered and not excluded.

    `statements` are those in favour of it, each with whether its setting holds; one that is superseded counts nothing.
    """
    algebra = fired.algebra
    speaking = [(one, verdicts, fired.speaks(one)) for one, verdicts in statements]
    heard = algebra.any(speaks for _, _, speaks in speaking)
    holds = algebra.any(speaks & setting.yes for _, setting, speaks in speaking)
    could = algebra.any(speaks & ~setting.no for _, setting, speaks in speaking)
    against = algebra.any(one.holds for one in unmet)
    judged = live & ~recommended & heard
    values: dict[Fit, B] = {
        "fits": live & recommended | judged & ~against & holds,
        "unknown": judged & ~against & ~holds & could,
        "other_setting": judged & (against | ~could),
        "only_named": live & ~recommended & ~heard,
    }
    because: dict[tuple[str, str], B] = {}
    settled = algebra.any(speaks & setting.yes & ~fired.doubted(one) for one, setting, speaks in speaking)
    needs = [merge(algebra, [one.needs for one in unmet], judged & ~against & could)]
    for one, setting, speaks in speaking:
        open_ = speaks & ~(setting.yes | setting.no)
        fits, unknown = judged & values["fits"] & setting.yes, values["unknown"] & open_
        because[one.iri, ""] = speaks & (fits | unknown | values["other_setting"] & ~against & setting.no)
        needs.append(merge(algebra, [setting.needs], unknown))
        needs.append(merge(algebra, [fired.perhaps_silent(one)], judged & speaks & ~settled))
    for rule, drug, bit, _ in unmet:
        because[rule.iri, drug] = because.get((rule.iri, drug), algebra.none) | values["other_setting"] & bit
    return FitBits(values, because, merge(algebra, needs))
