"""Which drug a record names: by code, product, ATC, or text; supportive drugs and unnamed ones are told apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from rrmm.catalogue.naming.model import Meaning
from rrmm.intake.mentions import LONGEST_TEXT, Mentions, drop_phrases, find_mentions
from rrmm.intake.records import Concept
from rrmm.intake.tables import ABSENCE, DOUBT, FAILED, PLAN, Tables
from rrmm.spelling import key

WORDS = re.compile(r"[^\W\d_][^\W_]*(?:-[^\W_]+)*|(?<!\d)\d+-\w+")
LONGEST_GRAM = 4
SHORTEST_WORD = 4

MYELOMA, SUPPORTIVE, UNNAMED, UNKNOWN, CONDITIONING = "myeloma", "supportive", "unnamed", "unknown", "conditioning"
AMBIGUOUS, RESERVED = "ambiguous", "reserved"
UNCLEAR = (AMBIGUOUS, RESERVED)
"""Of what is unclear, the words may name a drug of the myeloma, or they name one, and deny, doubt or plan it."""
INTOLERANT = "say status: intolerant if it is of a treatment of the myeloma; not read"


class Drug(NamedTuple):
    """A drug as the patient file names it: of the graph, of no source (`other`), or one of a class."""

    label: str
    kind: str = "drug"
    steroid: bool = False

    @property
    def entry(self) -> dict[str, object]:
        """The drug as the beginning of an entry of prior drugs."""
        if self.kind == "class":
            return {"class": self.label}
        return {"drug": {"other": self.label} if self.kind == "other" else self.label}


class Named(NamedTuple):
    """What a concept names, how it was read, what of it was not understood, and the drugs that this may name."""

    kind: str
    drugs: tuple[Drug, ...] = ()
    how: str = ""
    rest: str = ""
    perhaps: tuple[Drug, ...] = ()


class Drugs:
    """Reads concepts as drugs."""

    def __init__(self, tables: Tables) -> None:
        self.tables, self.lexicon = tables, tables.lexicon
        self.steroids = frozenset(tables.labels("corticosteroid"))
        self.supportive = frozenset(tables.labels("supportive label"))
        self._known: dict[tuple[Concept, bool], Named] = {}

    def find(self, concept: Concept, myeloma: bool = False) -> Named:
        """Return what a concept names; `myeloma` says that the record ties it to the disease."""
        if (concept, myeloma) not in self._known:
            self._known[concept, myeloma] = self._find(concept, myeloma)
        return self._known[concept, myeloma]

    def of_graph(self, concept: Concept) -> str:
        """Return the drugs of the graph that a concept names, or may name, in words; "" for none."""
        named = self.find(concept)
        known = ", ".join(drug.label for drug in named.drugs if drug.kind != "other")
        return known or ("what may be a drug of the graph" if named.kind in UNCLEAR else "")

    def is_coded(self, concept: Concept) -> bool:
        """Return whether a code of a concept names a drug."""
        return any(self._by_code(one.curie) for one in concept.codings)

    def _find(self, concept: Concept, myeloma: bool) -> Named:
        coded = next((named for one in concept.codings if (named := self._meant(self._by_code(one.curie)))), None)
        if coded:
            return self._checked(coded, concept)
        for word in concept.words:
            if self.tables.by_text("unnamed drug", word):
                return Named(UNNAMED, (), word)
        for word in concept.words:
            if named := self._by_text(word):
                return named._replace(how=named.how or f"read from the text {word!r}")
        return self._unlisted(concept, myeloma)

    def _by_code(self, curie: str) -> tuple[Meaning, ...]:
        return self.lexicon.taken(curie, "drug") if not curie.startswith(":") else ()

    def _meant(self, meanings: tuple[Meaning, ...]) -> Named | None:
        if not meanings:
            return None
        if all(meaning.label in self.supportive for meaning in meanings):
            return Named(SUPPORTIVE)
        return Named(MYELOMA, tuple(map(self._drug, meanings)))

    def _drug(self, meaning: Meaning) -> Drug:
        kind = "class" if meaning.where == "class" else "drug" if meaning.iri else "other"
        steroid = meaning.label in self.steroids
        if meaning.where == "class" and self.tables.by_code("response-less class", str(meaning.iri)):
            steroid = True
        return Drug(meaning.label, kind, steroid)

    def _checked(self, coded: Named, concept: Concept) -> Named:
        """Return a coded drug, unless the words beside the code name another one."""
        said = self._meant(self.lexicon.taken(concept.text, "drug")) if concept.text else None
        if (
            said
            and said.drugs
            and coded.drugs
            and {d.label for d in said.drugs}.isdisjoint(d.label for d in coded.drugs)
        ):
            if any(drug.steroid for drug in (*said.drugs, *coded.drugs)):
                return coded
            codes = ", ".join(drug.label for drug in coded.drugs)
            return Named(AMBIGUOUS, (), f"the code means {codes}, the text says {concept.text!r}")
        return coded

    def _by_text(self, text: str) -> Named | None:
        bare = drop_phrases(self.tables, text)
        said, why = self.tables.plain_part(bare, ABSENCE, DOUBT, PLAN, FAILED)
        mentions = find_mentions(self.tables, said if len(text) <= LONGEST_TEXT else text)
        settled = not why and not (mentions and mentions.unsettled)
        named = self._by_lexicon(text) if settled else None
        if named and mentions and {drug.label for drug in named.drugs} != set(mentions.drugs):
            named = None
        return named or self._by_mentions(bare, said, why, mentions) or self._ambiguous(text)

    def _by_lexicon(self, text: str) -> Named | None:
        answer = self.lexicon.read(text)
        if drugs := tuple(m for m in answer.taken("drug") if m.label != m.because):
            return self._meant(drugs)
        procedure = any(meaning.where == "procedure" and meaning.taken for meaning in answer.meanings)
        regimens = answer.taken("regimen")
        if regimens and (procedure or len(regimens) == 1):
            labels = dict.fromkeys(label for regimen in regimens for label in regimen.drugs)
            return Named(MYELOMA, tuple(map(self._of_label, labels)))
        if procedure:
            return Named(CONDITIONING)
        if classes := answer.taken("class"):
            return Named(MYELOMA, tuple(map(self._drug, classes[:1])))
        return None

    def _ambiguous(self, text: str) -> Named | None:
        ambiguous = [m for m in self.lexicon.read(text).meanings if not m.taken and m.where in {"drug", "regimen"}]
        if ambiguous:
            could = " or ".join(dict.fromkeys(m.label for m in ambiguous if m.label != m.because))
            return Named(AMBIGUOUS, (), f"it could be {could}" if could else str(ambiguous[0].because))
        return None

    def _by_mentions(self, text: str, said: str, why: str, mentions: Mentions) -> Named | None:
        """Return the drugs that a text mentions, if nothing beside them takes them back or may do so."""
        if not mentions:
            whole = find_mentions(self.tables, text) if why else mentions
            kind = RESERVED if why else AMBIGUOUS
            unclear = Named(kind, (), why or _not_understood(whole.left), "", self._perhaps(whole))
            return unclear if whole or whole.hint else None
        rest = ", ".join(map(repr, (*mentions.unsettled, *mentions.procedures)))
        if why:
            denied = text[len(said) :]
            named = find_mentions(self.tables, denied)
            scheduled = self.tables.by_text("days of a drug", denied)
            if not (named or named.supportive or scheduled) or not set(named.drugs).isdisjoint(mentions.drugs):
                return Named(RESERVED, (), why)
            if named and self.tables.by_text("another time", denied):
                rest = ", ".join(map(repr, named.drugs))
        steroids = self.steroids.issuperset(mentions.drugs)
        if steroids and any(
            self.tables.means("use", one) == SUPPORTIVE or self.tables.by_text("side effect", one)
            for one in mentions.left
        ):
            return Named(SUPPORTIVE)
        if mentions.left:
            return Named(AMBIGUOUS, (), _not_understood(mentions.left), "", self._perhaps(mentions))
        drugs = [drug for meaning in mentions.meanings for drug in self._given(meaning)]
        drugs = [drug for drug in drugs if drug.label not in self.supportive] if drugs else []
        others = [Drug(one, "other") for one in mentions.others]
        kind = MYELOMA if drugs or others else SUPPORTIVE
        return Named(kind, tuple(dict.fromkeys([*drugs, *others])), "", rest, self._perhaps(mentions) if rest else ())

    def _perhaps(self, mentions: Mentions) -> tuple[Drug, ...]:
        """Return the drugs that a text may name, with those of its words that settle nothing."""
        unsettled = (one for name in mentions.unsettled for one in self.lexicon.read(name).meanings)
        meanings = [*mentions.meanings, *(one for one in unsettled if one.where in {"drug", "regimen"})]
        return tuple(dict.fromkeys(drug for meaning in meanings for drug in self._given(meaning)))

    def _given(self, meaning: Meaning) -> list[Drug]:
        return [self._of_label(label) for label in meaning.drugs] or [self._drug(meaning)]

    def _of_label(self, label: str) -> Drug:
        meanings = self.lexicon.taken(label, "drug")
        return self._drug(meanings[0]) if meanings else Drug(label, "other", label in self.steroids)

    def _unlisted(self, concept: Concept, myeloma: bool) -> Named:
        """Return what is known of a drug that no name covers: by its ATC group, or by the stem of its name."""
        for coding in concept.codings:
            if coding.system == "atc":
                if self.tables.by_beginning("supportive drug", coding.curie):
                    return Named(SUPPORTIVE)
                if self.tables.by_beginning("cancer drug", coding.curie):
                    return Named(MYELOMA, (Drug(concept.shown, "other"),), "an anticancer drug by its ATC group")
        for word in concept.words:
            if self.tables.by_text("supportive drug", word):
                return Named(SUPPORTIVE)
        reserved = self.tables.taken_back(
            concept.words, (ABSENCE, DOUBT, PLAN, FAILED), lambda part: self.tables.by_text("cancer drug", part)
        )
        if reserved and (myeloma or any(self.tables.by_text("cancer drug", word) for word in concept.words)):
            return Named(RESERVED, (), reserved)
        for word in concept.words:
            if self.tables.by_text("cancer drug", word):
                return Named(
                    MYELOMA, (Drug(_name(word), "other"),), "no source knows it; its name is one of a cancer drug"
                )
        if myeloma and concept.words:
            return Named(
                MYELOMA, (Drug(_name(concept.words[0]), "other"),), "no source knows it; given for the myeloma"
            )
        return Named(UNKNOWN)


def embedded(tables: Tables, text: str, place: str) -> Iterator[Meaning]:
    """Yield the settled meanings of names that stand inside a longer text, the longest names first, each once."""
    words = WORDS.findall(tables.fold(text))
    taken = [False] * len(words)
    seen = set()
    for size in range(LONGEST_GRAM, 0, -1):
        for start in range(len(words) - size + 1):
            gram = " ".join(words[start : start + size])
            if any(taken[start : start + size]) or (len(gram) < SHORTEST_WORD and gram.isascii()):
                continue
            numbers = tables.lexicon.tables["names"].get(key(gram), ()) or _pieces(tables, gram, size)
            for meaning in (tables.lexicon.all[number] for number in numbers):
                if meaning.where == place:  # an ambiguous name is read too, and settles nothing
                    taken[start : start + size] = [True] * size
                    if meaning.taken and meaning.label not in seen:
                        seen.add(meaning.label)
                        yield meaning


def _pieces(tables: Tables, gram: str, size: int) -> list[int]:
    """Return the numbers of the name before a hyphen: `daratumumab-fihj`."""
    head = gram.partition("-")[0]
    return (
        tables.lexicon.tables["names"].get(key(head), [])
        if size == 1 and "-" in gram and len(head) > SHORTEST_WORD
        else []
    )


def _not_understood(left: tuple[str, ...]) -> str:
    return f"what {' … '.join(map(repr, left))} says of it is not understood"


def _name(text: str) -> str:
    """Return a text without its doses: the words up to the first number with a unit.

    >>> _name("iberdomide 1.6 mg capsule"), _name("ABC-123 (open label)")
    ('iberdomide', 'ABC-123')
    """
    short = re.split(
        r"\s+(?=\d+(?:[.,]\d+)?\s*(?:mg|mcg|µg|g|ml|iu)\b)|\s*[(\[,;]", text.strip(), maxsplit=1, flags=re.IGNORECASE
    )[0]
    return short.strip() or text.strip()
