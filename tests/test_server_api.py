"""The API: the answers of Python over HTTP, an OpenAPI that declares them all, and patients that leave no trace."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import jsonschema
import pytest

from rrmm.intake import from_fhir
from support.chart import PATIENT as CHART
from support.chart import bundle, prefetch
from support.service import serving

JSON = "application/json"
PATIENT = {
    "title": "Zebedee Quux",
    "age": 71,
    "prior_drugs": [{"drug": "bortezomib", "status": "refractory"}],
    "comorbidities": ["heart failure"],
}


def regimens(served, patient):
    """Ask for the options of a patient."""
    body = patient if isinstance(patient, bytes) else json.dumps(patient).encode()
    return served.ask("/api/regimens", "POST", body, Content_Type=JSON)


def test_the_report_is_that_of_python(served, kg):
    """The same patient gets the same report, in the schema that OpenAPI declares, and nobody may store it."""
    reply = regimens(served, PATIENT)
    assert reply.status == 200
    assert json.loads(reply.body) == kg.regimens_for(PATIENT).data
    assert reply.headers["cache-control"] == "no-store"
    described = json.loads(served.ask("/openapi.json").body)
    schema = {"$ref": "#/components/schemas/report", "components": described["components"]}
    jsonschema.validate(json.loads(reply.body), schema)


def test_half_a_character_is_the_fault_of_the_patient(served):
    """A lone surrogate is 422 with its key on every door that takes a patient, YAML and records too."""
    bad = b'{"id": "\\ud800"}'
    for path in ("/api/regimens", "/api/glance", "/api/option?name=Kd", "/api/intake?from=fhir"):
        reply = served.ask(path, "POST", bad, Content_Type=JSON)
        assert (reply.status, json.loads(reply.body)["key"]) == (422, "id"), path
    reply = served.ask("/api/read", "POST", b'id: "\\ud800"', Content_Type="application/yaml")
    assert (reply.status, json.loads(reply.body)["key"]) == (422, "id")
    hook = {"hook": "patient-view", "hookInstance": "x", "context": {"userId": "\udfff", "patientId": "p"}}
    reply = served.ask("/cds-services/rrmm-options", "POST", json.dumps(hook).encode(), Content_Type=JSON)
    assert (reply.status, json.loads(reply.body)["key"]) == (422, "context.userId")


def test_forms_for_people_hold_no_control_character(served):
    """A text of a patient is shown with escapes in every form."""
    body = json.dumps({"id": "a\x1b[31m", "title": "\x9b31m"}).encode()
    for kind in ("text/plain", "text/markdown", "text/html"):
        reply = served.ask("/api/regimens", "POST", body, Content_Type=JSON, Accept=kind)
        assert reply.status == 200
        assert "001b" in reply.body.decode()
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", reply.body.decode())


def test_a_long_name_is_answered_at_once(served):
    """What is longer than any name is refused, and looked for nowhere."""
    assert served.ask(f"/api/names?word={'x' * 5000}").status == 400
    reply = regimens(served, {"prior_drugs": ["y" * 50_000]})
    assert reply.status == 422
    assert "has 50,000 characters; a name has at most 200" in json.loads(reply.body)["detail"]


def test_the_query_string_chooses_the_sources(served, kg):
    """The names and the day are those of Python; an unknown one is the client's fault."""
    body = json.dumps(PATIENT).encode()
    reply = served.ask("/api/regimens?source=br2020&as_of=2020-12-31", "POST", body, Content_Type=JSON)
    assert json.loads(reply.body) == kg.regimens_for(PATIENT, sources=["br2020"]).data
    unknown = served.ask("/api/regimens?source=nope", "POST", body, Content_Type=JSON)
    assert unknown.status == 400
    assert "Unknown source" in json.loads(unknown.body)["detail"]
    assert served.ask("/api/regimens?as_of=1999", "POST", body, Content_Type=JSON).status == 400


def test_nothing_of_a_patient_is_kept(tmp_path):
    """Neither the log nor a later answer knows a word of a patient, of a query string or of an address."""
    with serving(tmp_path) as service:
        assert regimens(service, PATIENT).status == 200
        assert regimens(service, {"comorbidities": ["Zebedee"]}).status == 422
        assert regimens(service, b'{"title": "Zebedee"').status == 400
        assert service.ask("/search.html?q=Zebedee").status == 200
        assert b"Zebedee" not in service.ask("/api/version").body
    log = service.log.read_text(encoding="utf-8")
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert [line["path"] for line in lines] == ["/api/regimens"] * 3 + ["/search.html", "/api/version"]
    assert [line["status"] for line in lines] == [200, 422, 400, 200, 200]
    assert all(set(line) == {"time", "method", "path", "status", "bytes", "ms"} for line in lines)
    assert not re.search("Zebedee|Quux|bortezomib|127.0.0.1(?!:\\d+/ )", log)


@pytest.mark.parametrize(
    ("status", "body", "kind", "said"),
    [
        (400, b"{", JSON, "not JSON"),
        (400, b'{"age": NaN}', JSON, "not JSON"),
        (422, b"[" * 50_000, JSON, "nested deeper than 100 levels"),
        (422, b'{"title": ' + b"[" * 101 + b"]" * 101 + b"}", JSON, "nested deeper than 100 levels"),
        (400, b"\xff", JSON, "not JSON"),
        (413, b" " * 70_000, JSON, "KiB"),
        (415, b"age: 3", "application/yaml", "application/json"),
        (422, b"[]", JSON, "mapping"),
        (422, b'{"aje": 71}', JSON, "age"),
        (422, b'{"age": 71, "age": 72}', JSON, "'age' stands twice"),
        (422, b'{"relapse": {"type": "none", "type": "clinical"}}', JSON, "'type' stands twice"),
        (422, b'{"age": -1}', JSON, "age"),
        (422, b'{"prior_drugs": [{"drug": "bortezomip"}]}', JSON, "bortezomib"),
    ],
)
def test_a_patient_that_is_not_understood(served, status, body, kind, said):
    """What is wrong is said, with the nearest names; nothing breaks."""
    reply = served.ask("/api/regimens", "POST", body, Content_Type=kind)
    assert (reply.status, reply.kind) == (status, "application/problem+json")
    assert said in json.loads(reply.body)["detail"]


def test_the_brief_report_and_what_if(served, kg):
    """In short it is what Python gives, in the declared schema; with what-if each change is told."""
    body = json.dumps(PATIENT)
    brief = served.ask("/api/regimens?brief=true", "POST", body, Content_Type=JSON)
    assert json.loads(brief.body) == kg.regimens_for(PATIENT).brief()
    components = json.loads(served.ask("/openapi.json").body)["components"]
    jsonschema.validate(json.loads(brief.body), {"$ref": "#/components/schemas/Brief", "components": components})
    changed = served.ask("/api/regimens?what_if=true", "POST", body, Content_Type=JSON)
    assert json.loads(changed.body) == kg.regimens_for(PATIENT, what_if=True).data


@pytest.mark.parametrize(
    ("accept", "kind", "said"),
    [
        ("text/html", "text/html", b"<!doctype html>"),
        ("text/markdown", "text/markdown", b"not a medical device"),
        ("text/turtle", "text/turtle", b"prov:"),
        ("text/plain", "text/plain", b"bortezomib"),
        ("*/*", JSON, b'"options"'),
    ],
)
def test_forms_of_a_report(served, accept, kind, said):
    """The report comes in the form that the client prefers, and may not be stored."""
    reply = served.ask("/api/regimens", "POST", json.dumps(PATIENT), Content_Type=JSON, Accept=accept)
    assert (reply.status, reply.kind, reply.headers["cache-control"]) == (200, kind, "no-store")
    assert said in reply.body


@pytest.mark.parametrize(
    ("path", "accept", "status", "said"),
    [
        ("/api/regimens?breif=true", "*/*", 400, "brief"),
        ("/api/regimens?brief=yes", "*/*", 400, "brief is true or false"),
        ("/api/regimens", "image/png", 406, "text/html"),
        ("/api/regimens?brief=true", "text/html", 406, JSON),
        ("/api/intake?from=hl7", "*/*", 400, "from is fhir or phenopacket"),
        ("/api/intake?from=fhir", "*/*", 422, "no FHIR resource"),
        ("/api/intake?from=fhir&index_date=soon", "*/*", 422, "no FHIR resource"),
    ],
)
def test_parameters_that_are_not_understood(served, path, accept, status, said):
    """A wrong parameter is told what was meant."""
    reply = served.ask(path, "POST", b"{}", Content_Type=JSON, Accept=accept)
    assert (reply.status, reply.kind) == (status, "application/problem+json")
    assert said in json.loads(reply.body)["detail"]


def test_a_problem_names_the_key_and_the_names_offered(served):
    """A program finds in a problem document what a person reads in its sentence."""
    told = json.loads(regimens(served, {"prior_drugs": [{"drug": "bortezomip"}]}).body)
    assert (told["status"], told["key"], told["offers"][0]) == (422, "prior_drugs[1].drug", "bortezomib")


def test_names(served, kg):
    """Each word means what `rrmm names` says."""
    told = json.loads(served.ask("/api/names?word=Velcade&word=CVD&word=banana").body)["names"]
    assert told == [kg.lexicon.find(word).to_dict() for word in ("Velcade", "CVD", "banana")]
    (drug,) = json.loads(served.ask("/api/names?word=Velcade&where=drug").body)["names"]
    assert [meaning["label"] for meaning in drug["meanings"]] == ["bortezomib"]


def test_intake(served, kg):
    """A Bundle becomes the patient file that Python gives."""
    content = bundle(
        *[entry["resource"] for key in ("conditions", "medicationStatements") for entry in prefetch()[key]["entry"]],
        CHART,
    )
    path = "/api/intake?from=fhir&index_date=2024-01-01"
    reply = served.ask(path, "POST", json.dumps(content), Content_Type="application/fhir+json")
    expected = from_fhir(content, index_date="2024-01-01", graph=kg.files)
    assert json.loads(reply.body) == [one.to_dict() for one in expected]
    assert {drug["drug"] for drug in json.loads(reply.body)[0]["patient"]["prior_drugs"]} == {
        "bortezomib",
        "lenalidomide",
    }


def test_a_question_by_some_of_the_sources(served, kg):
    """`source` and `as_of` choose the sources in view, in every form; an unknown one is 400 with the known."""
    for path, view in (
        ("studies?source=pdq2025", {"sources": "pdq2025"}),
        ("studies?source=pdq2025&source=br2020", {}),
        ("studies?as_of=2020", {"as_of": "2020"}),
        ("results?as_of=2020&latest=true", {"as_of": "2020", "latest": "true"}),
        ("results?source=pdq2025", {"source": "pdq2025"}),
    ):
        reply = served.ask(f"/api/queries/{path}", Accept="text/csv")
        assert reply.status == 200
        name = path.partition("?")[0]
        assert len(reply.body.decode().splitlines()) == len(kg.query(name, **view).to_csv().splitlines())
    assert len(kg.query("studies", sources="pdq2025")) < len(kg.query("studies"))
    as_json = served.ask("/api/queries/studies?source=br2020", Accept="application/json")
    assert len(json.loads(as_json.body)["results"]["bindings"]) == len(kg.query("studies", sources="br2020"))
    for refused in ("results?latest=yes", "results?as_of=2020&latest=yes"):
        reply = served.ask(f"/api/queries/{refused}")
        assert (reply.status, json.loads(reply.body)["offers"]) == (400, ["true", "false"])
    unknown = served.ask("/api/queries/studies?source=nope")
    assert unknown.status == 400
    assert "br2020" in unknown.body.decode()


def test_questions_by_name(served, kg):
    """Each catalogued question is listed and answers as it does in Python, parameters by name."""
    listed = json.loads(served.ask("/api/queries").body)["questions"]
    assert [entry["name"] for entry in listed] == [
        path.stem for path in sorted((kg.files.root / "queries/questions").glob("*.rq"))
    ]
    reply = served.ask(f"/api/queries/hazard-ratios?population={quote('del(17p)')}", Accept="text/csv")
    assert (reply.status, reply.kind) == (200, "text/csv")
    assert len(reply.body.splitlines()) == len(kg.query("hazard-ratios", population="del(17p)")) + 1


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/api/queries/hazard-ratio", 404, "hazard-ratios"),
        ("/api/queries/hazard-ratios?populatoin=x", 400, "population"),
        ("/api/queries/hazard-ratios?population=del(17q)", 400, "del(17p)"),
        ("/api/show?name=bortezomip", 404, "bortezomib"),
        ("/api/show", 400, "name"),
        ("/api/show?name=" + "x" * 300, 400, "200"),
        ("/api/names", 400, "word"),
        ("/api/names?word=Velcade&where=drugs", 400, "Did you mean drug"),
        ("/api/search?q=kd&limit=0", 400, "limit"),
        ("/api/search?q=kd&limit=%C2%B2", 400, "limit"),
        ("/api/search?q=kd&limit=1&limit=2", 400, "'limit' is given 2 times"),
        ("/api/search?q=kd&lmit=1", 400, "Did you mean limit"),
        ("/api/show?name=bortezomib&name=Kd", 400, "'name' is given 2 times"),
        ("/api/names?word=Velcade&where=drug&where=class", 400, "'where' is given 2 times"),
        ("/api/names?wrod=Velcade", 400, "Did you mean word"),
        ("/api/names?word=%FFVelcade", 400, "not UTF-8"),
        ("/api/version?x=1", 400, "No parameter 'x'"),
        ("/api/queries/hazard-ratios?population=all&population=del(17p)", 400, "'population' is given 2 times"),
        ("/api/queries/studies?as_of=2020&as_of=2025", 400, "'as_of' is given 2 times"),
        ("/api/queries/results?source=br2020&source=pdq2025", 400, "'source' is given 2 times"),
        ("/api/queries/results?source=zzz", 400, "There are: br2020, pdq2025"),
        ("/api/queries/results?source=pdq2024", 400, "Did you mean pdq2025"),
        ("/api/queries/results?source=pdq2025&as_of=2020", 400, "results has no row with source 'pdq2025'"),
        ("/api/queries/discrepancies?severity=decisve", 400, "Did you mean decisive"),
    ],
)
def test_what_is_not_understood(served, path, status, said):
    """A wrong name or number is told what was meant."""
    reply = served.ask(path)
    assert (reply.status, reply.kind) == (status, "application/problem+json")
    assert said in json.loads(reply.body)["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/names?word=Velcade&word=Kd",
        "/api/queries/studies?source=br2020&source=pdq2025",
        "/api/queries/results?source=pdq2025&latest=true",
        "/api/queries/discrepancies?severity=decisive",
    ],
)
def test_what_may_be_repeated_or_is_a_text_of_rows(served, path):
    """It is answered."""
    assert served.ask(path).status == 200


def test_a_body_is_taken_as_it_is(served):
    """An encoded one is 415 on every path that takes a body; identity is no encoding."""
    for path, kind, body in (
        ("/api/regimens", JSON, b"{}"),
        ("/api/glance", JSON, b"{}"),
        ("/api/option?name=Kd", JSON, b"{}"),
        ("/api/read", "application/yaml", b"age: 70"),
        ("/api/intake?from=fhir", JSON, json.dumps(bundle(CHART)).encode()),
        ("/cds-services/rrmm-options/feedback", JSON, b'{"feedback": []}'),
        ("/sparql", "application/sparql-query", b"ASK {}"),
    ):
        for encoding in ("gzip", "identity, br"):
            reply = served.ask(path, "POST", gzip.compress(body), Content_Type=kind, Content_Encoding=encoding)
            assert (reply.status, reply.kind) == (415, "application/problem+json"), path
            assert "without encoding" in json.loads(reply.body)["detail"]
            assert reply.headers["accept-encoding"] == "identity"
        assert served.ask(path, "POST", body, Content_Type=kind, Content_Encoding="identity").status == 200, path


def test_show_and_search(served, kg):
    """A thing by an alias is shown as Python shows it, and found by search."""
    assert json.loads(served.ask("/api/show?name=Dara-Rd").body) == kg.show("DRd").to_dict()
    (hit, *_) = json.loads(served.ask("/api/search?q=dara-rd&limit=1").body)["results"]
    assert (hit["iri"], hit["page"]) == ("https://w3id.org/rrmm/id/regimen/drd", "/id/regimen/drd.html")


def test_version_and_health(served):
    """The service tells its versions, where its knowledge ends, and that it lives."""
    told = json.loads(served.ask("/api/version").body)
    assert told["knowledge"]["knowledge_ends"] == "2025"
    assert "not a medical device" in told["knowledge"]["disclaimer"]
    assert json.loads(served.ask("/api/health").body) == {"status": "ok", "workers": 3}


HOOKS = """
import schemathesis

@schemathesis.serializer("application/sparql-query")
def query(context, value):
    return str(value).encode()
"""


@pytest.mark.server
@pytest.mark.parametrize(
    "phases",
    [["--phases", "examples,coverage", "--exclude-path", "/api/regimens"], ["--phases", "fuzzing"]],
    ids=["every rule broken once", "by chance"],
)
def test_openapi_declares_every_answer(unhurried, tmp_path, phases):
    """Schemathesis sends what the description allows and what it forbids, and finds nothing undeclared.

    One of its checks is left out: a text is not always a query, and a schema cannot say which patients
    contradict themselves. A patient's thousand broken rules are left to chance, for the time they take.
    """
    (tmp_path / "hooks.py").write_text(HOOKS, encoding="utf-8")
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            *(
                "run",
                f"{unhurried.url}/openapi.json",
                "--checks",
                "all",
                "--exclude-checks",
                "positive_data_acceptance",
            ),
            *(
                "--max-examples",
                "15",
                "--seed",
                "1",
                "--no-color",
                "--request-timeout",
                "60",
                "--max-response-time",
                "60",
                *phases,
            ),
        ],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=tmp_path,
        env=os.environ | {"SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(tmp_path)},
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    assert re.search(r"Selected: +(18|19)/19", done.stdout)
