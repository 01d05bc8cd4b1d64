"""The races: each contender does its work and answers as the others do. What they take is for ``make bench``."""

from __future__ import annotations

from itertools import pairwise

import pytest
from benchmarks import catalogue, cold, endpoint, growth, patient, validation
from benchmarks.race import Contender, Race, run

from rrmm.api import KnowledgeGraph

SLOW = {patient.RDFLIB, patient.HERMIT, validation.PYSHACL, cold.HERMIT, cold.OWLREADY2, catalogue.RDFLIB}


def quick(race: Race, leave_out: set[str] = SLOW) -> Race:
    """Return a race of one round without slow contenders, each work done once."""
    kept = [one._replace(repeats=1, rounds=1) for one in race.contenders if one.name not in leave_out]
    names = {one.name for one in kept}
    ratios = [ratio for ratio in race.ratios if names >= {ratio.of, ratio.by}]
    return race._replace(contenders=kept, ratios=ratios, rounds=1)


@pytest.mark.slow
@pytest.mark.parametrize("race", [*patient.races(), *validation.races()], ids=lambda race: race.name)
def test_contenders_answer_the_same(race):
    """A race ends with a time and the memory of each contender; one whose contenders disagree fails as it runs."""
    result = run(quick(race), 1)
    assert all(len(time.seconds) == 1 and time.memory > 0 for time in result.times.values())
    assert all(result.ratio(ratio) > 0 for ratio in result.race.ratios)


@pytest.mark.slow
def test_a_cold_start():
    """Commands run to their end, the first use of the graph among them."""
    (race,) = cold.races()
    result = run(quick(race, SLOW | {cold.RDFLIB}), 1)
    assert list(result.times) == [cold.BARE, cold.RRMM, cold.FIRST]


@pytest.mark.slow
def test_every_question_is_asked():
    """The catalogue is asked in the store and in pyoxigraph alone, with as many rows of each question."""
    race, _ = catalogue.races()
    result = run(quick(race, SLOW | {catalogue.OXIGRAPH, catalogue.VIRTUOSO}), 1)
    assert list(result.times) == [catalogue.EMBEDDED, catalogue.BARE]
    assert len(catalogue.questions(KnowledgeGraph.load().files.root)) > 50


@pytest.mark.slow
def test_questions_over_more_evidence():
    """Each question is timed over today's graph and over a grown one, and the ratio is that of one question."""
    _, race = catalogue.races()
    *others, most = race.contenders
    few = most._replace(arguments=("2", "1"))
    result = run(quick(race._replace(contenders=[*others, few])), 1)
    assert result.part(race.ratios[0]) in catalogue.questions(KnowledgeGraph.load().files.root)


@pytest.mark.slow
def test_served_queries():
    """Both servers are asked, ours with its cache and without, and give as many rows; each took time."""
    processor, _ = endpoint.races()
    result = run(quick(processor), 1)
    assert list(result.times) == [endpoint.COLD, endpoint.WARM, endpoint.OXIGRAPH]
    assert all(time.median > 0 for time in result.times.values())
    assert [ratio.at_least for ratio in result.race.ratios] == [0.7, 4]


def test_different_answers_end_a_race():
    """Contenders that must answer the same and do not are named."""
    here = "benchmarks.validation:"
    contenders = [Contender("ours", f"{here}ours"), Contender("another", "benchmarks.patient:compiled")]
    with pytest.raises(ValueError, match="another and ours answer differently"):
        run(Race("two that differ", contenders, same=True), 1)


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["status", "load"])
@pytest.mark.parametrize("what", growth.GROWING)
def test_growth(what, stage, tmp_path):
    """A race over scales makes the tables of each once, and answers the same where options do not multiply."""
    race = growth.race(what, {"status": "one patient, status"}.get(stage, stage), str(tmp_path))
    result = run(quick(race, {"×100"}), 1)
    assert list(result.times) == ["×1", "×10"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{what}-1.marshal", f"{what}-10.marshal"]


def test_copies():
    """Each copy has its own IRIs, refers to its own, and is of the same size; one of all is none more."""
    content = KnowledgeGraph.load().files.snapshot
    for what in growth.GROWING:
        assert list(growth.copies(content, what, 1)) == []
        several = list(growth.copies(content, what, 4))
        assert len({copy.count(b"\n") for copy in several}) == 1
        for one, other in pairwise(several):
            subjects = [{line.split(b" ")[0] for line in copy.splitlines()} for copy in (one, other)]
            assert what == "regimens" or not set.intersection(*subjects)
        assert b"-copy-2>" not in several[0]
