"""The pages: home, one a thing, one a kind, the questions with their answers, the ontology, the ledger, coverage."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from rrmm.catalogue import answers
from rrmm.catalogue.names import Names
from rrmm.graph import queries
from rrmm.graph.files import GraphFiles
from rrmm.graph.queries import Query
from rrmm.graph.store import Row, Store
from rrmm.iris import DCTERMS, ID, RDF, RRMM, SKOS, local_name, short
from rrmm.publish import export, release
from rrmm.report.build import describe_knowledge
from rrmm.rules.model import Source
from rrmm.site import ontology
from rrmm.site.facts import Facts
from rrmm.site.places import PARAMETERS, document, place, relative
from rrmm.web.entities import Things, curie, kind
from rrmm.web.templates import templates
from rrmm.web.view import backlinks, told, view

HOME, PICTURES = "index.html", "pictures.html"
NAVIGATION = [
    ("id/trial/index.html", "Studies"),
    ("id/regimen/index.html", "Regimens"),
    ("id/drug/index.html", "Drugs"),
    ("id/question/index.html", "Questions"),
    ("id/discrepancy/index.html", "Discrepancies"),
    ("coverage.html", "Coverage"),
    (PICTURES, "Pictures"),
    ("sparql.html", "SPARQL"),
    ("ontology.html", "Ontology"),
]
LINKS = {f"{SKOS}{degree}Match" for degree in ("exact", "close", "broad", "narrow", "related")}
APART = LINKS | {RRMM + name for name in ("arm", "order", "caveat", "printedAt")}
DATASET = f"{ID}dataset/rrmm"
ENGINE = Path(__file__).parent / "static" / "oxigraph" / "web_bg.wasm"
UNNAMED = {"condition-set", "state-condition"}


class Pages:
    """The pages of a graph.

    `downloads` are the files beside them with their sizes, `graph` the one that the SPARQL page asks,
    `pictures` those of `rrmm.plot`.
    """

    def __init__(
        self, files: GraphFiles, downloads: Mapping[str, int], graph: str, pictures: Sequence[Any] = ()
    ) -> None:
        self.root, self.downloads, self.graph, self.pictures = files.root, downloads, graph, pictures
        self.store, self.things = Store(files.snapshot), Things(files.snapshot)
        self.names = Names(self.store, self.root)
        self.facts = Facts(self.store, self.root)
        self.questions = list(queries.read(self.root, "questions").values())
        sources = self.store.rows(queries.find(self.root, "derive", "sources").text)
        self.knowledge = describe_knowledge([Source(**row) for row in sources])
        self.templates = templates("rrmm.site")
        self.templates.globals.update(
            things=self.things,
            facts=self.facts,
            knowledge=self.knowledge,
            questions=self.questions,
            navigation=[entry for entry in NAVIGATION if pictures or entry[0] != PICTURES],
            finder="search.html",
            short=short,
            values_of=self._values,
            citation=self.citation,
            q="",
        )

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Iterate over the pages and what goes with them: path in the site → text."""
        yield from self._fronts()
        for name, members in self.things.kinds.items():
            parts: dict[str, list[str]] = defaultdict(list)
            for iri in members:
                parts[self._whole(iri)].append(iri)
            if name != "ontology":
                yield self._kind(name, members)
            for iri in members:
                if name != "ontology" or iri.startswith(PARAMETERS):
                    yield self._thing(iri)
                    yield document(iri), self.things.document([iri, *parts.get(iri, ())], "turtle").decode()

    def citation(self, result: Row) -> str:
        """Return the line by which a result can be cited: what it is, the number, its address, its IRI here."""
        value = f"{result['printed']} {result.get('unit', '')}".strip()
        source = "; ".join(self.knowledge.sources)
        graph = f"rrmm {self.knowledge.version}, {result['result']}"
        return f"{result['label']}: {value}. {source}, {result['address']}. {graph}"

    def _values(self, iri: str, name: str) -> list[str]:
        return [term.value for known, term in self.things.statements(iri) if known == RRMM + name]

    def _page(self, here: str, template: str, **given: Any) -> tuple[str, str]:
        to = partial(relative, here)
        leading = {
            "here": "" if here == HOME else here,
            "to": to,
            "path": partial(_led, here),
            "data": lambda iri: to(document(iri)),
        }
        return here, self.templates.get_template(f"{template}.html").render(leading | given)

    def _fronts(self) -> Iterator[tuple[str, str]]:
        yield self._page(
            HOME,
            "home",
            counts=self.facts.rows("counts"),
            pictures=self.pictures,
            downloads=[(*name.rsplit("/", 1), size) for name, size in self.downloads.items()],
            formats={release.NAMES[form]: export.FORMATS[form].label for form in release.NAMES},
            citing=self.things.value(DATASET, DCTERMS + "bibliographicCitation"),
        )
        yield self._page("search.html", "search")
        yield "names.js", f"const NAMES = {_json(self._names())};\n"
        weight = self.downloads[self.graph] + ENGINE.stat().st_size
        yield self._page("sparql.html", "sparql", graph=self.graph, weight=weight)
        yield "questions.json", _json({query.name: self._proposed(query) for query in self.questions}) + "\n"
        if self.pictures:
            yield self._page(PICTURES, "pictures", pictures=self.pictures)
        yield self._coverage()
        groups = ontology.groups(self.things, partial(_led, "ontology.html"))
        description = self.things.value(ontology.IRI, DCTERMS + "description")
        yield self._page("ontology.html", "ontology", iri=ontology.IRI, description=description, groups=groups)
        yield "ontology.ttl", self.things.document(ontology.terms(self.things), "turtle").decode()

    def _coverage(self) -> tuple[str, str]:
        addresses = [at for about, places in self.facts.addresses.items() for at in places if at.passage == about]
        characters = {place for at in addresses for start, end in at.spans for place in range(start, end)}
        doubtful = [(query, len(self.store.rows(query.text))) for query in self.questions if "doubt" in query.tags]
        return self._page(
            "coverage.html",
            "coverage",
            sections=self.facts.rows("coverage"),
            columns=["passages", "results", "guidance", "criteria", "toxicity", "discrepancies", "statements"],
            characters=len(characters),
            doubtful=doubtful,
            source_class=RRMM + "Source",
        )

    def _names(self) -> list[list[str]]:
        """Return name, label, class and page of each thing under each of its names, by name."""
        return [
            [name, self.things.label(iri), self.things.type(iri) or kind(iri), place(iri)]
            for _, name, iri in sorted(self.things.names)
            if kind(iri) not in UNNAMED
        ]

    def _example(self, query: Query) -> dict[str, str]:
        return dict(list(query.defaults.items())[:1])

    def _proposed(self, query: Query) -> str:
        """Return the text of a question with the value that it proposes, without its header."""
        text = answers.bound(self.store, self.root, self.names, query, self._example(query))
        return Query(query.name, text).body

    def _kind(self, name: str, members: list[str]) -> tuple[str, str]:
        here = f"id/{name}/index.html"
        if name == "question":
            return self._page(here, "questions")
        if name == "discrepancy":
            rows = list(self.facts.discrepancies.values())
            kinds = {row["kind"]: [other for other in rows if other["kind"] == row["kind"]] for row in rows}
            open_ones = sum("adopted" not in row for row in rows)
            return self._page(here, "discrepancies", groups=kinds.items(), unresolved=open_ones)
        listed = sorted(members, key=lambda iri: (self.things.label(iri).casefold(), iri))
        parts: dict[str, list[str]] = {}
        for iri in listed:
            parts.setdefault(self.things.type(iri) if self._whole(iri) else "", []).append(iri)
        return self._page(here, "kind", kind=name, wholes=parts.pop("", []), parts=sorted(parts.items()))

    def _whole(self, iri: str) -> str:
        """Return the thing that a thing is a part of by its name, or an empty string."""
        whole = iri.partition(".")[0] if kind(iri) == "ontology" else ID + iri.removeprefix(ID).partition(".")[0]
        return whole if whole != iri and whole in self.things else ""

    def _thing(self, iri: str) -> tuple[str, str]:
        here, facts, path = place(iri), self.facts, partial(_led, place(iri))
        if kind(iri) == "question":
            return self._question(here, iri)
        related = facts.related.get(iri, {})
        grouped = facts.by_population if kind(iri) == "trial" else facts.by_control
        return self._page(
            here,
            "thing",
            iri=iri,
            kind=kind(iri),
            whole=self._whole(iri),
            classes=self._classes(iri),
            curie=curie(iri, self.things.prefixes),
            view=view(self.things, iri, path, lambda name: told(name) and name not in APART),
            backlinks=backlinks(self.things, iri, path),
            related=related,
            result=facts.results.get(iri),
            groups=grouped(related.get("results", [])),
            stances=facts.by_stance(related.get("guidance", [])),
            pictures=[picture for picture in self.pictures if iri in picture.about],
        )

    def _classes(self, iri: str) -> list[str]:
        types = [term.value for name, term in self.things.statements(iri) if name == RDF + "type"]
        return [name for name in types if place(name)]

    def _question(self, here: str, iri: str) -> tuple[str, str]:
        query = next(query for query in self.questions if query.name == local_name(iri))
        example = self._example(query)
        table = answers.answer(self.store, self.root, self.names, query.name, example)
        text = self._proposed(query)
        return self._page(here, "question", iri=iri, question=query, example=example, table=table, text=text)


def _led(here: str, iri: str) -> str:
    """Return the reference from a page to that of a thing, or an empty string when it is not of this graph."""
    return relative(here, place(iri)) if place(iri) else ""


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=0)
