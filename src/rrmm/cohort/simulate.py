"""Simulated patients, correlated as in a registry, for tests and benchmarks; no claim of epidemiology.

The assumptions are in ``simulation.toml``, the words in the graph. A seed fixes the patients: the first
thousand of a million are the same as a thousand alone.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files

import numpy as np
import numpy.typing as npt
import polars as pl

from rrmm.cohort.writing import flatten as flatten_table
from rrmm.errors import KnowledgeError, nearest
from rrmm.iris import RRMM
from rrmm.records import JsonObject
from rrmm.rules.base import RuleBase
from rrmm.rules.model import Key

BLOCK = 25_000
BELOW = "prior_drugs."
FINDINGS = "relapse.findings."

Numbers = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]


def assumptions() -> JsonObject:
    """Return the assumptions, by their headings."""
    return tomllib.loads(files("rrmm.cohort").joinpath("simulation.toml").read_text(encoding="utf-8"))


def patients(rule_base: RuleBase, count: int, seed: int) -> Iterator[pl.DataFrame]:
    """Yield so many patients, in tables of at most 25,000; the columns are keys of a patient file.

    Raises KnowledgeError when the assumptions use a name that is not in the graph.
    """
    assumed = assumptions()
    for start in range(0, count, BLOCK):
        block = _Block(rule_base, assumed, np.random.default_rng([seed, start // BLOCK]))
        yield block.frame(start).head(count - start)


def flatten(rule_base: RuleBase, count: int, seed: int) -> Iterator[pl.DataFrame]:
    """Yield the same patients without nested columns, for CSV: ``|`` between names, a column for each prior drug."""
    longest = pl.col("prior_drugs").list.len().max().fill_null(0)
    most = max(table.select(longest).item() for table in patients(rule_base, count, seed))
    for table in patients(rule_base, count, seed):
        yield flatten_table(table, most)


class _Block:
    """The patients of one block: hidden scores, and columns drawn from them."""

    def __init__(self, rule_base: RuleBase, assumed: JsonObject, random: np.random.Generator) -> None:
        self.rule_base, self.assumed, self.random = rule_base, assumed, random
        for path in assumed["missing"]:
            if not any(f"{key}.".startswith(f"{path}.") for key in rule_base.keys):
                self._key(path)
        age = assumed["age"]
        self.age = np.clip(np.round(random.normal(age["mean"], age["deviation"], BLOCK)), *age["range"])
        self.decades = (self.age - age["mean"]) / 10
        vulnerable = assumed["vulnerability"]
        self.vulnerability = vulnerable["per_decade"] * self.decades + random.normal(0, vulnerable["noise"], BLOCK)
        self.burden = random.normal(0, 1, BLOCK)
        self.record = random.normal(0, assumed["record"]["spread"], BLOCK)
        self.columns: dict[str, pl.Series] = {}

    def frame(self, start: int) -> pl.DataFrame:
        """Return the block's patients, numbered from `start` on."""
        self._person()
        self._lines()
        self._relapse()
        self._transplant()
        numbers = pl.int_range(start + 1, start + BLOCK + 1, eager=True).cast(pl.String).str.zfill(8)
        order = [path for path in self.rule_base.keys if path in self.columns]
        return pl.DataFrame([("P" + numbers).alias("id"), *(self.columns[path].alias(path) for path in order)])

    def _person(self) -> None:
        assumed, kidney = self.assumed, self.assumed["egfr"]
        self._put("age", self.age)
        regions = assumed["regions"]
        place = self._draw(region["share"] for region in regions.values())
        self._put("region", self._word("region", [*regions], place))
        asian = self._chance(np.array([region["asian"] for region in regions.values()])[place])
        self._put("ancestry", self._word("ancestry", ["Asian"], np.where(asian, 0, -1)))
        egfr = kidney["mean"] + kidney["per_decade"] * self.decades + kidney["per_burden"] * self.burden
        egfr = np.clip(np.round(egfr + self.random.normal(0, kidney["deviation"], BLOCK)), *kidney["range"])
        self._put("egfr", egfr)
        self._put("ecog", self._cut("ecog", self.vulnerability))
        for path, score in (("frailty", self.vulnerability), ("iss", self.burden)):
            self._put(path, self._word(path, assumed[path]["classes"], self._cut(path, score)))
        lost = (kidney["mean"] - egfr) / 10
        diseases = {name: self._odds(odds, egfr=lost) for name, odds in assumed["comorbidities"].items()}
        self._put("comorbidities", self._list("comorbidities", diseases))
        abnormal = {name: self._odds(odds) for name, odds in assumed["cytogenetics"]["abnormal"].items()}
        standard = {assumed["cytogenetics"]["standard"]: ~np.logical_or.reduce([*abnormal.values()])}
        self._put("cytogenetics", self._list("cytogenetics", standard | abnormal))
        limits = {name: self._chance(share) for name, share in assumed["access"].items()}
        self._put("access", self._list("access", limits))
        self._put("treatment_free_interval_mo", self._months(assumed["interval"]))

    def _lines(self) -> None:
        """Put the prior drugs: for each line of therapy a regimen of the graph, and how it ended."""
        count = self._draw(self.assumed["lines"]["shares"]) + 1
        self._put("prior_lines", count)
        patient = np.repeat(np.arange(BLOCK), count)
        line = np.arange(len(patient)) - np.repeat(np.cumsum(count) - count, count)
        given, ended = self._by_line("regimens", line), self._by_line("outcomes", line)
        outcomes = [*self.assumed["outcomes"].values()]
        response, months, days = np.full((3, len(line)), -1.0)
        for number, outcome in enumerate(outcomes):
            (here,) = np.nonzero(ended == number)
            names = [self._check_name(BELOW + "best_response", name) for name in outcome["responses"]]
            places = np.array([self._labels(BELOW + "best_response").index(name) for name in names])
            response[here] = places[self._draw(outcome["responses"].values(), len(here))]
            months[here] = self._months(outcome["months"], len(here))
            days[here] = self.random.integers(outcome["days"][0], outcome["days"][1], len(here), endpoint=True)
        below = self.rule_base.members[RRMM + "NoResponse"]
        labels = self._labels(BELOW + "best_response")
        none = [labels.index(self.rule_base.label(thing)) for thing in below]
        months[np.isin(response, none)] = np.nan  # no response, and none that lasts
        toxic = self._chance(np.array([outcome["toxic"] for outcome in outcomes])[ended])
        regimens = {option.label: [*option.components.values()] for option in self.rule_base.options}
        drugs = [regimens[self._check_name(BELOW + "regimen", name)] for name in self.assumed["regimens"]]
        named = [name for several in drugs for name in several]
        size = np.array([len(several) for several in drugs])[given]
        at = np.repeat(np.arange(len(line)), size)
        offset = np.cumsum([0, *map(len, drugs)])[given]
        drug = np.repeat(offset - np.cumsum(size) + size, size) + np.arange(len(at))
        columns = {
            "line": pl.Series(line[at] + 1),
            "regimen": self._word(BELOW + "regimen", [*self.assumed["regimens"]], given[at]),
            "status": self._word(BELOW + "status", [outcome["status"] for outcome in outcomes], ended[at]),
            "best_response": self._word(
                BELOW + "best_response", self._labels(BELOW + "best_response"), response[at].astype(int)
            ),
            "response_duration_mo": pl.Series(months[at], nan_to_null=True),
            "days_from_last_dose_to_progression": pl.Series(days[at]).cast(pl.Int64),
            "toxicity": self._word(BELOW + "toxicity", self.assumed["toxicity"]["classes"], toxic[at].astype(int)),
        }
        of_line = {name: self._missing(BELOW + name, patient) for name in columns}
        of_line["line"] &= line == 0  # two entries of a drug without their lines would be one
        entries = pl.DataFrame(
            [
                pl.Series("patient", patient[at]),
                self._word(BELOW + "drug", named, drug).alias("drug"),
                *(self._without(column, of_line[name][at]).alias(name) for name, column in columns.items()),
            ]
        )
        several = entries.group_by("patient", maintain_order=True).agg(pl.struct(pl.exclude("patient")).alias("all"))
        self._put("prior_drugs", several["all"])

    def _relapse(self) -> None:
        """Put the relapse: its type, whether it meets the criteria, and findings that agree with both."""
        assumed = self.assumed["relapse"]
        kinds = [*assumed["types"]]
        kind = self._draw(assumed["types"].values())
        share = {
            name: np.array([assumed[name][each] for each in kinds])[kind] for name in ("meets", "acute", "symptoms")
        }
        meets, clinical = self._chance(share["meets"]), kind == kinds.index(assumed["with_organ_findings"])
        self._put("relapse.type", self._word("relapse.type", kinds, kind))
        self._put("relapse.meets_IMWG_PD", meets)
        self._put("relapse.acute_onset", self._chance(share["acute"]))
        relapsed = kind != kinds.index(assumed["without_relapse"])
        features = self._labels("relapse.aggressive_features")
        shown = {name: relapsed & self._odds(assumed["aggressive"]) for name in features}
        self._put("relapse.aggressive_features", self._list("relapse.aggressive_features", shown))
        for name, (high, low) in self.assumed["rises"].items():
            self._put(FINDINGS + name, self._between(high, low, meets))
        for name, (high, low) in self.assumed["organs"].items():
            self._put(FINDINGS + name, self._between(high, low, clinical))
        for name, (often, seldom) in self.assumed["signs"].items():
            self._put(FINDINGS + name, self._chance(np.where(clinical & meets, often, seldom)))
        self._put(FINDINGS + "symptomatic", self._chance(share["symptoms"]))
        for name, span in self.assumed["measurements"].items():
            self._put(FINDINGS + name, self._uniform(span))

    def _transplant(self) -> None:
        assumed = self.assumed["transplant"]
        earlier = self._odds(assumed["earlier"])
        self._put("transplant.eligible", self._odds(assumed["eligible"]))
        self._put("transplant.stem_cells_sufficient", self._chance(assumed["stem_cells"]))
        self._put("transplant.prior_autoSCT", earlier)
        for path, column in (
            ("transplant.months_to_relapse", pl.Series(self._months(assumed["months"]))),
            ("transplant.maintenance", pl.Series(self._chance(assumed["maintenance"]))),
        ):
            self._put(path, self._without(column, ~earlier))

    def _put(self, path: str, column: pl.Series | npt.NDArray[np.generic]) -> None:
        """Keep a column under its path, with the gaps that a registry has."""
        series = pl.Series(column)
        if self._key(path).kind == "integer":
            series = series.cast(pl.Int64)
        self.columns[path] = self._without(series, self._missing(path))

    def _missing(self, path: str, patient: Codes | None = None) -> Truths:
        shares = self.assumed["missing"]
        share = shares.get(path, shares.get(path.rpartition(".")[0]))
        if share is None:
            raise KnowledgeError(f"simulation.toml: [missing] has no share for {path}, nor for what it stands below.")
        record = self.record if patient is None else self.record[patient]
        return self._chance(_probability(np.log(share / (1 - share)) + record))

    def _without(self, column: pl.Series, gaps: Truths) -> pl.Series:
        return pl.select(pl.when(pl.lit(pl.Series(~gaps))).then(column)).to_series()

    def _by_line(self, heading: str, line: Codes) -> Codes:
        """Draw one number for each line of therapy; the last weights hold for every later line."""
        weights = [entry["shares"] if isinstance(entry, dict) else entry for entry in self.assumed[heading].values()]
        draws = np.zeros(len(line), dtype=int)
        last = len(weights[0]) - 1
        for number in range(last + 1):
            (here,) = np.nonzero(np.minimum(line, last) == number)
            draws[here] = self._draw((weight[number] for weight in weights), len(here))
        return draws

    def _draw(self, weights: Iterable[float], count: int = BLOCK) -> Codes:
        cumulated = np.cumsum([*weights])
        return np.searchsorted(cumulated / cumulated[-1], self.random.random(count), side="right")

    def _chance(self, probability: Numbers | float) -> Truths:
        return self.random.random(np.shape(probability) or BLOCK) < probability

    def _odds(self, odds: Mapping[str, float], **more: Numbers) -> Truths:
        """Draw who has something, by log-odds and what each score adds to them."""
        scores = {"decade": self.decades, "vulnerability": self.vulnerability, "burden": self.burden, **more}
        total = sum((odds.get(name, 0.0) * score for name, score in scores.items()), np.full(BLOCK, odds["base"]))
        return self._chance(_probability(total))

    def _cut(self, heading: str, score: Numbers) -> Codes:
        cuts, noise = self.assumed[heading]["cuts"], self.assumed[heading]["noise"]
        return np.searchsorted(cuts, score + self.random.normal(0, noise, BLOCK))

    def _months(self, assumed: Mapping[str, float], count: int = BLOCK) -> Numbers:
        drawn = self.random.lognormal(np.log(assumed["median"]), assumed["spread"], count)
        return np.minimum(np.round(drawn, 1), assumed["most"])

    def _between(self, high: Sequence[float], low: Sequence[float], which: Truths) -> Numbers:
        return np.where(which, self._uniform(high), self._uniform(low))

    def _uniform(self, span: Sequence[float]) -> Numbers:
        low, high = span
        return np.round(self.random.uniform(low, high, BLOCK), 1)

    def _key(self, path: str) -> Key:
        if path not in self.rule_base.keys:
            near = nearest(path, self.rule_base.keys)
            raise KnowledgeError(f"simulation.toml: no patient file has the key {path!r}.{near}")
        return self.rule_base.keys[path]

    def _labels(self, path: str) -> list[str]:
        key = self._key(path)
        if key.values_from is None:
            return [*self.assumed["regions"]]
        return sorted({self.rule_base.label(thing) for thing in self.rule_base.names(key.values_from).values()})

    def _check_name(self, path: str, name: str) -> str:
        labels = self._labels(path)
        if name not in labels:
            raise KnowledgeError(f"simulation.toml: the graph knows no {path} {name!r}.{nearest(name, labels)}")
        return name

    def _word(self, path: str, names: list[str], codes: Codes) -> pl.Series:
        """Return words by their place in a list, null for a negative place."""
        labels = self._labels(path)
        places = np.array([labels.index(self._check_name(path, name)) for name in names])[codes]
        return self._without(pl.Series(labels).gather(places), codes < 0)

    def _list(self, path: str, members: Mapping[str, Truths]) -> pl.Series:
        """Return for each patient the list of the words that hold for it."""
        names = [self._check_name(path, name) for name in members]
        bits = np.sum([members[name].astype(np.int64) << place for place, name in enumerate(members)], axis=0)
        patterns, which = np.unique(bits, return_inverse=True)
        lists = [[name for place, name in enumerate(names) if pattern >> place & 1] for pattern in patterns.tolist()]
        return pl.Series(lists, dtype=pl.List(pl.String)).gather(which)


def _probability(log_odds: Numbers) -> Numbers:
    return np.asarray(1 / (1 + np.exp(-log_odds)))
