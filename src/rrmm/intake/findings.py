"""The present relapse: rises from the lowest value of the last line, falls, last values, flags, and stated words."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from rrmm.intake.measures import Value
from rrmm.intake.records import Record
from rrmm.intake.responses import Progression
from rrmm.intake.result import Draft
from rrmm.intake.tables import Tables
from rrmm.patient.naming import REST_UNKNOWN

BELOW = "relapse.findings."
RISES = {
    "serum_m_protein": ("serum_m_protein_rise_percent", "serum_m_protein_rise_g_dl"),
    "urine_m_protein": ("urine_m_protein_rise_percent", "urine_m_protein_rise_mg_d"),
    "flc_difference": ("flc_difference_rise_percent", "flc_difference_rise_mg_dl"),
}


class Rise(NamedTuple):
    """A rise from the lowest value, and the last measurements that show it."""

    measure: str
    lowest: Value
    last: Value
    showing: list[Value]
    meets: bool


class Findings:
    """Fills the relapse of a patient file from values since the last line began."""

    def __init__(
        self, tables: Tables, record: Record, draft: Draft, values: Sequence[Value], since: date | None
    ) -> None:
        self.tables, self.record, self.draft = tables, record, draft
        self.limits = tables.limits
        self.all = sorted(values, key=lambda value: (value.day, value.time))
        self.since = since

    def of(self, measure: str, *, ever: bool = False) -> list[Value]:
        """Return the values of a measure since the last line began, one a moment; a contradiction is left out."""
        moments: dict[tuple[date, str], list[Value]] = {}
        for value in self.all:
            if value.measure == measure and (ever or self.since is None or value.day.first >= self.since):
                moments.setdefault((value.day.first, value.time), []).append(value)
        kept = []
        for (day, _), several in moments.items():
            if len({round(value.value, 6) for value in several}) > 1:
                said = " and ".join(f"{value.as_said} ({value.source})" for value in several)
                self.record.misunderstand(
                    f"{measure} of {day}: {said}", "two values of one moment contradict; not taken"
                )
            else:
                kept.append(several[-1])
        return kept

    def last(self, measure: str, *, ever: bool = False) -> Value | None:
        """Return the last value of a measure, or None."""
        return next(reversed(self.of(measure, ever=ever)), None)

    def fill(self, progressions: Sequence[Progression]) -> None:
        """Add everything about the present relapse."""
        rises = [rise for measure in RISES if (rise := self._rise(measure))]
        for rise in rises:
            self._put_rise(rise)
        if rises:
            shown = next((rise for rise in rises if rise.meets), rises[0])
            self._put_consecutive(shown)
        self._marrow()
        self._calcium()
        if value := self.last("creatinine"):
            self._put("creatinine_mg_dl", _rounded(value.value, 2), [value], f"{value.as_said} of {value.day}")
        self._hemoglobin()
        self._stated(progressions, rises)

    def _put(self, name: str, number: object, values: Sequence[Value], rule: str) -> None:
        self.draft.put(BELOW + name, number, [value.source for value in values], rule)

    # -- rises

    def _series(self, measure: str) -> list[Value]:
        return self._light_chains() if measure == "flc_difference" else self.of(measure)

    def _light_chains(self) -> list[Value]:
        """Return involved minus uninvolved free light chains; the involved one is the higher at the end."""
        kappa, lambda_ = self.of("flc_kappa"), self.of("flc_lambda")
        days = self.limits["light chain pair days"]
        dates = [other.day.first for other in lambda_]
        pairs = []
        for one in kappa:
            place = bisect_left(dates, one.day.first)
            before = [lambda_[bisect_left(dates, dates[place - 1])]] if place else []
            near = min((*before, *lambda_[place : place + 1]), key=lambda other: _days_apart(one, other), default=None)
            if near and _days_apart(one, near) <= days:
                pairs.append((one, near))
        if not pairs:
            return []
        sign = 1 if pairs[-1][0].value >= pairs[-1][1].value else -1
        return [
            one._replace(
                measure="flc_difference",
                value=sign * (one.value - other.value),
                as_said=f"kappa {one.as_said}, lambda {other.as_said}",
            )
            for one, other in pairs
        ]

    def _rise(self, measure: str) -> Rise | None:
        series = [value for value in self._series(measure) if value.day.exact]
        if len(series) < 2:
            return None
        last = series[-1]
        place = min(range(len(series) - 1), key=lambda n: (series[n].value, -n))
        lowest = series[place]
        if last.value <= lowest.value:
            return None
        after = series[place + 1 :]
        meets = self._meets(measure, lowest.value, last.value)
        showing: list[Value] = []
        for value in reversed(after):
            if not (self._meets(measure, lowest.value, value.value) if meets else value.value > lowest.value):
                break
            showing.insert(0, value)
        return Rise(measure, lowest, last, showing, meets)

    def _meets(self, measure: str, lowest: float, value: float) -> bool:
        """Whether a value is risen by the percentage and the amount of the criteria; without a base, by the amount."""
        amount = value - lowest
        enough = amount + 1e-9 >= self.limits[f"rise {measure}"]
        return enough and (lowest <= 0 or 100 * amount / lowest + 1e-9 >= self.limits["rise percent"])

    def _put_rise(self, rise: Rise) -> None:
        percent, absolute = RISES[rise.measure]
        low, last = rise.lowest, rise.last
        rule = f"from the lowest since the last line began, {low.as_said} of {low.day}, to {last.as_said} of {last.day}"
        amount = last.value - low.value
        if low.value > 0:
            self._put(percent, round(100 * amount / low.value), [low, last], rule)
        else:
            self.record.assume(f"{percent}: no percentage from {low.as_said}")
        self._put(absolute, _rounded(amount, 2 if rise.measure != "urine_m_protein" else 0), [low, last], rule)

    def _put_consecutive(self, rise: Rise) -> None:
        said = ", ".join(f"{value.as_said} of {value.day}" for value in rise.showing)
        how = "a rise as large as the criteria ask" if rise.meets else "any rise"
        self._put("consecutive_measurements", len(rise.showing), rise.showing, f"{said} show {how} of {rise.measure}")
        if len(rise.showing) > 1:
            before, last = rise.showing[-2:]
            months = round((last.day.first - before.day.first).days / self.limits["days per month"], 1)
            self._put("months_between_measurements", months, [before, last], f"{before.day} to {last.day}")

    # -- single values

    def _marrow(self) -> None:
        series = self.of("marrow_plasma_cells")
        if len(series) > 1:
            lowest, last = min(series[:-1], key=lambda value: value.value), series[-1]
            if last.value > lowest.value:
                rule = f"from {lowest.as_said} of {lowest.day} to {last.as_said} of {last.day}"
                self._put(
                    "marrow_plasma_cell_rise_percent", _rounded(last.value - lowest.value, 1), [lowest, last], rule
                )

    def _calcium(self) -> None:
        corrected, total = self.last("calcium_corrected"), self.last("calcium_total")
        value = corrected or total
        if corrected and total and (total.day.first - corrected.day.first).days > self.limits["corrected calcium days"]:
            value = total
        if value:
            how = "corrected for albumin" if value is corrected else "total"
            self._put("calcium_mg_dl", _rounded(value.value, 1), [value], f"{how}, {value.as_said} of {value.day}")
        if value and corrected and total and value is corrected:
            self.record.assume(
                f"calcium corrected for albumin ({corrected.as_said}) is taken, not the total ({total.as_said})"
            )

    def _hemoglobin(self) -> None:
        series = self.of("hemoglobin")
        if len(series) < 2:
            return
        best, last = max(series[:-1], key=lambda value: value.value), series[-1]
        if best.value > last.value:
            since = f"from the best since the last line began, {best.as_said} of {best.day}"
            rule = f"{since}, to {last.as_said} of {last.day}"
            self._put("hemoglobin_fall_g_dl", _rounded(best.value - last.value, 1), [best, last], rule)

    # -- what is stated in words

    def _stated(self, progressions: Sequence[Progression], rises: Sequence[Rise]) -> None:
        features: list[object] = []
        sources: list[str] = []
        present = progressions[0] if progressions else None
        for progression in progressions:
            words = self.tables.means("feature", progression.text)
            if words and not self.tables.by_text("feature negated", progression.text) and words not in features:
                features.append(words)
                sources.append(progression.source)
        self._ldh(features, sources)
        if features:
            said = any(isinstance(feature, str) for feature in features)
            rule = "the laboratory's limit or flag, or a word of the progression; others are not assessed"
            listed = [*features, REST_UNKNOWN] if said else features
            self.draft.put("relapse.aggressive_features", listed, sources, rule)
        if present is None:
            return
        typed = next((p for p in progressions if self.tables.by_text("relapse type", p.text)), None)
        if typed:
            kind = self.tables.means("relapse type", typed.text)
            self.draft.put("relapse.type", kind, [typed.source], f"stated: {typed.text}")
        stated = next((p for p in progressions if p.kind == "progression"), None)
        if stated and any(rise.meets and len(rise.showing) > 1 for rise in rises):
            return
        if stated and rises and not any(rise.meets for rise in rises):
            self.record.misunderstand(
                f"{stated.source}: {stated.text}",
                "the measured rise is smaller than the criteria ask; whether they are met is left open",
            )
        elif stated:
            self.draft.put("relapse.meets_IMWG_PD", True, [stated.source], f"stated: {stated.text}")

    def _ldh(self, features: list[object], sources: list[str]) -> None:
        value = self.last("ldh")
        if value is None:
            return
        flags = {rule.means for flag in value.flags if (rule := self.tables.by_code("flag", flag))}
        if value.high is None and len(flags) != 1:
            self.record.misunderstand(
                f"{value.source}: LDH {value.as_said}",
                "without the laboratory's limit or flag it is not known to be elevated",
            )
            return
        above = value.value > value.high if value.high is not None else flags == {"high"}
        if value.high is not None and len(flags) == 1 and (flags == {"high"}) != above:
            self.record.misunderstand(f"{value.source}: LDH {value.as_said}", "limit and flag contradict; left open")
            return
        label = self.tables.label("ldh feature")
        features.append(label if above else {"name": label, "present": False})
        sources.append(value.source)


def _days_apart(one: Value, other: Value) -> int:
    return abs((other.day.first - one.day.first).days)


def _rounded(value: float, digits: int) -> float:
    """Return a number rounded, whole where it has no decimals.

    >>> _rounded(11.663, 1), _rounded(1.0, 2)
    (11.7, 1)
    """
    number = round(value, digits)
    return int(number) if number == int(number) else number
