"""Status, fit and cautions of every option, by readings 14 to 19, 36, 41, 43, 46, 47, 66 and the table of fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from oracle.graph import ID, RRMM, Graph, Truth, every, some
from oracle.history import History

CAUTIONS = ("RaiseCaution", "ReduceDose", "SetSchedule", "Monitor", "GiveProphylaxis")
ORDER = ("excluded", "not_recommended", "investigational", "undetermined", "recommended", "option")
PUBLISHED = ("br2020", "pdq2025")
"""The sources, the older first."""


class Option(NamedTuple):
    """An option, its drugs, and what guidance can call it by."""

    iri: str
    label: str
    drugs: frozenset[str]
    called: frozenset[str]
    again: bool = False


class Options:
    """The options of one patient in one view."""

    def __init__(self, graph: Graph, history: History) -> None:
        self.graph, self.history = graph, history
        self._fired: dict[str, Truth] = {}
        self.silence: dict[str, Truth] = {}
        for iri in graph.guidance:
            for other in graph.objects(iri, "supersedes"):
                self.silence[other] = some([self.silence.get(other, False), self.fires(iri)])

    def all(self) -> Iterator[Option]:
        """Yield the options of the view, and each earlier drug given again."""
        graph = self.graph
        for iri in graph.options:
            drugs = frozenset(graph.objects(iri, "component"))
            kinds = [*graph.objects(iri, "componentClass"), *(kind for one in drugs for kind in graph.classes(one))]
            called = {iri, *drugs, *graph.classes(iri), *kinds}
            yield Option(iri, graph.label(iri), drugs, frozenset(called))
        offered = [iri for iri, effect in graph.guidance.items() if effect == "OfferAgain"]
        spared = {kind for iri in offered for kind in graph.objects(iri, "exceptFor")}
        for drug in dict.fromkeys(one.drug for one in self.history.treatments):
            kinds = graph.classes(drug)
            if offered and drug in graph.drugs and not spared & kinds:
                called = frozenset({drug, *kinds, RRMM + "Retreatment", RRMM + "TreatmentOption"})
                yield Option("", f"retreatment: {graph.label(drug)}", frozenset({drug}), called, again=True)

    def fires(self, iri: str) -> Truth:
        """Return whether guidance applies to the patient."""
        if iri not in self._fired:
            self._fired[iri] = every(map(self.history.holds, self.graph.objects(iri, "appliesTo")))
        return self._fired[iri]

    def has(self, name: str, drugs: Iterable[str]) -> Truth:
        """Return whether a property of the patient leads to one of some drugs."""
        values = self.history.facts.get(name)
        if values is None:
            return None
        return True if set(drugs) & values.certain else None if set(drugs) & values.possible else False

    def _about(self, option: Option, *effects: str) -> Iterator[str]:
        for iri, effect in self.graph.guidance.items():
            if effect in effects and option.called.intersection(self.graph.objects(iri, "target")):
                yield iri

    def _closed(self, option: Option, effect: str) -> Iterator[Truth]:
        for iri, kind in self.graph.guidance.items():
            if kind == effect and self.silence.get(iri) is not True:
                spared = set(self.graph.objects(iri, "exceptFor"))
                drugs = {drug for drug in option.drugs if not spared & self.graph.classes(drug)}
                (name,) = self.graph.objects(iri, "closedBy")
                yield self.has(name, drugs) if drugs else False

    def recommended(self, option: Option) -> Truth:
        """Return whether the strategy of the view names an option for this patient."""
        return some(self._named(option))

    def _named(self, option: Option) -> Iterator[Truth]:
        for iri in self._about(option, "Recommend"):
            silent = self.silence.get(iri, False)
            picked = every(self.has(name, option.drugs) for name in self.graph.objects(iri, "forDrugsOf"))
            yield every([self.fires(iri), picked, silent is not True])

    def unmet(self, option: Option) -> Truth:
        """Return whether an only-if is known not to be met, conditions of giving a drug again among them (15)."""
        states = [state for iri in self._about(option, "Require") for state in self.graph.objects(iri, "onlyIf")]
        met = every(map(self.history.holds, states))
        regimen = not option.again and option.iri.startswith(ID + "regimen/")
        named = regimen and self.recommended(option) is True
        against = [
            None if met is None else not met,
            *self._closed(option, "AvoidContaining"),
            *(() if named else self._closed(option, "DiscourageContaining")),
            *(self.fires(iri) for iri in self._about(option, "Avoid")),
        ]
        return some(against)

    def status(self, option: Option) -> str:
        """Return the status of an option."""
        closed = some(self._closed(option, "CloseContaining"))
        recommended = self.recommended(option) is True
        spoken = set()
        if closed or any(self.fires(iri) for iri in self._about(option, "Exclude")):
            spoken.add("excluded")
        if closed is None:
            spoken.add("undetermined")
        if self.unmet(option):
            spoken.add("not_recommended")
        if any(self.fires(iri) and not self._lifted(iri, option) for iri in self._about(option, "HoldInvestigational")):
            spoken.add("investigational")
        if recommended:
            spoken.add("recommended")
        return next((status for status in ORDER if status in spoken), "option")

    def _lifted(self, hold: str, option: Option) -> bool:
        """Return whether a later source of the view speaks in favour of what an earlier one held investigational."""
        when = max(PUBLISHED.index(name) for name in self.graph.says(hold) if name in self.graph.sources)
        for iri in self.graph.subjects("inFavourOf", option.iri) if option.iri else []:
            names = [name for name in self.graph.says(iri) if name in self.graph.sources]
            if names and max(map(PUBLISHED.index, names)) > when:
                return True
        return False

    # Fit.

    def fit(self, option: Option) -> str | None:
        """Return how an option stands to this patient, by the table."""
        status = self.status(option)
        if status == "excluded":
            return None
        if status == "recommended":
            return "fits"
        settings = [self.setting(iri, option) for iri in self.favouring(option)]
        if not settings:
            return "only_named"
        if self.unmet(option):
            return "other_setting"
        return {True: "fits", None: "unknown", False: "other_setting"}[some(settings)]

    def favouring(self, option: Option) -> list[str]:
        """Return the statements in favour of an option."""
        subjects = [RRMM + "Retreatment", *self._retreatments(option)] if option.again else [option.iri]
        found = [iri for one in subjects for iri in self.graph.subjects("inFavourOf", one) if self.graph.in_view(iri)]
        return [iri for iri in dict.fromkeys(found) if self.silence.get(iri) is not True and self._counts(iri)]

    def _retreatments(self, option: Option) -> Iterator[str]:
        """Yield what the files call the giving again of the drug, or of one of its class."""
        for node in self.graph.subjects("uses"):
            if self.graph.label(node).startswith("retreatment") and option.called.intersection(
                self.graph.objects(node, "uses")
            ):
                yield node

    def _counts(self, iri: str) -> bool:
        places = self.graph.objects(iri, "jurisdiction")
        if not places or iri in self.graph.guidance:
            return True
        region = self.history.facts.get(RRMM + "region")
        return bool(self.graph.objects(iri, "inSetting")) and (region is None or places[0] in region.certain)

    def setting(self, iri: str, option: Option) -> Truth:
        """Return whether the patient is in the setting of a statement."""
        graph = self.graph
        picking = [*graph.objects(iri, "settingOfDrug"), *graph.objects(iri, "forDrugsOf")]
        known = [self.has(name, option.drugs) for name in picking]
        known += map(self.history.holds, self.states(iri))
        if graph.objects(iri, "undecidedSetting"):
            known.append(None)
        if iri not in graph.guidance and graph.objects(iri, "jurisdiction"):
            known.append(True if RRMM + "region" in self.history.facts else None)
        return every(known)

    def states(self, iri: str) -> list[str]:
        """Return the states that limit a statement: its own, and those of the population in which it was seen."""
        graph = self.graph
        found = [*graph.objects(iri, "inSetting"), *graph.objects(iri, "appliesTo")]
        todo = graph.objects(iri, "inPopulation")
        while todo:
            population = todo.pop()
            for node in (population, *graph.subjects("samePopulationAs", population)):
                if graph.in_view(node):
                    found += graph.objects(node, "inSetting")
            todo += graph.objects(population, "subgroupOf")
        return list(dict.fromkeys(found))

    # Cautions.

    def cautions(self, option: Option) -> dict[str, Truth]:
        """Return guidance that attaches a caution, dose, schedule, monitoring or prophylaxis → whether it does here."""
        return {
            iri: every([self.fires(iri), self.silence.get(iri, False) is not True])
            for iri in self._about(option, *CAUTIONS)
        }
