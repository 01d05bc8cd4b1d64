"""What the page of a patient asks: answered by the service, or by the same Python inside the browser."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from rrmm.api import KnowledgeGraph
from rrmm.errors import RrmmError
from rrmm.graph.files import PackedFiles
from rrmm.intake import from_fhir, from_phenopacket
from rrmm.patient.document import Document, read
from rrmm.records import JsonObject
from rrmm.texts import Unclear, parse_json

READERS: dict[str, Callable[..., Any]] = {"fhir": from_fhir, "phenopacket": from_phenopacket}
WHERE = "patient"


class Desk:
    """Answers the page from one graph; the patient of a question is forgotten with its answer.

    An answer is by some of the sources, named or those of a day, and without some guidance.
    """

    def __init__(self, graph: KnowledgeGraph) -> None:
        self.graph = graph

    def glance(
        self,
        patient: Document,
        source: Sequence[str] | None = None,
        as_of: str | None = None,
        without: Sequence[str] = (),
    ) -> JsonObject:
        """Return the answer at a glance."""
        return self._view(source, as_of, without).report(patient, WHERE, evidence=True).glance()

    def option(
        self,
        patient: Document,
        name: str,
        source: Sequence[str] | None = None,
        as_of: str | None = None,
        without: Sequence[str] = (),
    ) -> str:
        """Return one option in full with what would change it, as a piece of HTML."""
        graph = self._view(source, as_of, without)
        return graph.report(patient, WHERE, evidence=True, what_if=True).option_html(name)

    def _view(self, source: Sequence[str] | None, as_of: str | None, without: Sequence[str]) -> KnowledgeGraph:
        graph = self.graph.view(source, as_of)
        return _silence(graph, tuple(without)) if without else graph

    def names(self, word: str, where: str | None = None) -> JsonObject:
        """Return what a word means, or could mean."""
        return dict(self.graph.lexicon.find(word, where).to_dict())

    def read(self, text: str) -> JsonObject:
        """Return a patient file in YAML or JSON as values of JSON."""
        return read(text, WHERE)

    def intake(self, form: str, record: Any, index_date: str | None = None) -> list[JsonObject]:
        """Return the patient files of a record in a standard of the field."""
        return [one.to_dict() for one in READERS[form](record, index_date=index_date, graph=self.graph.files)]

    def intake_text(self, form: str, text: str) -> list[JsonObject]:
        """Return the patient files of the JSON text of a record; raises Unclear where a key stands twice."""
        return self.intake(form, parse_json(text, constants=False))


@lru_cache(maxsize=8)
def _silence(graph: KnowledgeGraph, without: tuple[str, ...]) -> KnowledgeGraph:
    """Return a graph without some guidance; an option is opened right after its answer, from the same tables."""
    return KnowledgeGraph(graph.files, without)


def open_desk(folder: str) -> Callable[[str, str], str]:
    """Return a function that answers in the browser: name of the question and arguments in JSON, to JSON.

    `folder` holds what `rrmm.site.pack` packed. An error of the input is ``{"refused": …}`` in the form of the API.
    """
    desk = Desk(KnowledgeGraph(PackedFiles(Path(folder))))

    def ask(question: str, arguments: str) -> str:
        try:
            answer = {"answer": getattr(desk, question)(**parse_json(arguments))}
        except (RrmmError, Unclear) as error:
            key = getattr(error, "key", None)
            answer = {"refused": {"detail": str(error), "key": key, "offers": list(getattr(error, "offers", ()))}}
        return json.dumps(answer, ensure_ascii=False)

    return ask
