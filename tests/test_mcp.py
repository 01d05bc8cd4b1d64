"""An assistant's client, the official one: every tool and resource, in bounds, with sources, over standard streams."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

pytest.importorskip("mcp")

from mcp import Client, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client

from rrmm.errors import PatientError
from rrmm.patient.document import load
from rrmm.server.enclosed import decode, encode
from rrmm.server.lines import LONGEST
from rrmm.server.mcp import build
from rrmm.server.shorten import shorten, size
from support import ROOT

MOST = 20_000
PATIENT = load(ROOT / "examples/double-refractory.yaml")
RESULTS = "PREFIX rrmm: <https://w3id.org/rrmm/ontology#> SELECT ?r ?v { ?r a rrmm:Result ; rrmm:printedValue ?v }"
CALLS = {
    "names": ("resolve_names", {"words": ["Velcade", "CVD", "bortezomip"]}),
    "regimens": ("regimens", {"patient": PATIENT}),
    "regimens of nobody": ("regimens", {"patient": {}}),
    "why": ("why", {"patient": PATIENT, "option": "Kd"}),
    "why not": ("why", {"patient": PATIENT, "option": "Dara-Rd"}),
    "all results": ("results", {}),
    "results of a study": ("results", {"study": "endeavor", "endpoint": "PFS"}),
    "a drug": ("explain", {"name": "bortezomib"}),
    "a result": ("explain", {"name": "trial:endeavor.pfs-del17p-kd"}),
    "a table": ("sparql", {"query": RESULTS}),
    "a graph": ("sparql", {"query": "CONSTRUCT WHERE { ?s ?p ?o }"}),
}
REFUSED = [
    ("regimens", {"patient": {"aje": 71}}, "Did you mean age"),
    ("regimens", {"patient": {"prior_drugs": ["bortezomip"]}}, "Did you mean bortezomib"),
    ("why", {"patient": {}, "option": "Kdx"}, "Did you mean"),
    ("results", {"study": "ENDEAVOUR"}, "Did you mean ENDEAVOR"),
    ("results", {"offset": -1}, "offset"),
    ("explain", {"name": "bortezomip"}, "bortezomib"),
    ("resolve_names", {"words": ["x"] * 51}, "at most 50"),
    ("sparql", {"query": "INSERT DATA { <a:a> <a:b> <a:c> }"}, "Updates are refused"),
    ("sparql", {"query": "ASK { SERVICE <http://127.0.0.1:9/> {} }"}, "SERVICE is refused"),
    ("sparql", {"query": "nonsense"}, "Not a SPARQL 1.1 query"),
    ("nothing", {}, "nothing"),
    ("results", {"sorce": "br2020"}, "no argument 'sorce'; it has study, group, .*Did you mean source"),
    ("results", {"trail": "ASPIRE"}, "results: no argument 'trail'; it has study, "),
    ("regimens", {"patient": PATIENT, "source": ["br2020"]}, "no argument 'source'; it has patient"),
    ("explain", {"name": "bortezomib", "": 1}, "no argument ''"),
    ("regimens", {"patient": '{"age": 70, "age": 40}'}, "key 'age' stands twice"),
    ("regimens", {"patient": "null"}, "It takes an object"),
    ("results", {"endpoint": "null"}, "No endpoint 'null'"),
    ("results", {"offset": True}, "It takes a whole number"),
    ("regimens", {"patient": "Zebedee"}, r"^regimens: invalid patient\. It takes an object\.$"),
    ("resolve_names", {"words": "a b"}, r"^resolve_names: invalid words\. It takes a list of texts\.$"),
    ("results", {"offset": -1}, r"^results: invalid offset\. It takes a whole number from 0\.$"),
    ("why", {"patient": {}}, r"^why: the argument option is missing\. It takes a text\.$"),
    ("why", {"patient": {}, "option": "x" * 100_000}, r"^.{,500}$"),
]
LONG = {
    "a title": ("regimens", {"patient": {"age": 70, "title": "y" * 19_000}}),
    "an id": ("regimens", {"patient": {"age": 70, "id": "x" * 100_000}}),
    "words of others": ("regimens", {"patient": {"cytogenetics": [{"other": f"{n} {'z' * 180}"} for n in range(50)]}}),
    "the id of one asked why": ("why", {"patient": {"id": "x" * 100_000}, "option": "Kd"}),
    "a word": ("resolve_names", {"words": ["q" * 100_000]}),
    "columns": ("sparql", {"query": f"SELECT {' '.join(f'(1 AS ?a_long_name_of_{n})' for n in range(2_000))} {{}}"}),
}


def ask(kg, use):
    """Return what `use` returns of a client in this process."""

    async def run():
        async with Client(build(kg)) as client:
            return await use(client)

    return anyio.run(run)


def call(kg, tool, arguments):
    """Return the result of one call."""
    return ask(kg, lambda client: client.call_tool(tool, arguments))


def told(kg, name):
    """Return the answer of a call of `CALLS`, parsed, after its bounds and sources were checked."""
    result = call(kg, *CALLS[name])
    (content,) = result.content
    assert not result.is_error
    assert len(result.model_dump_json().encode()) < MOST
    answer = json.loads(content.text)
    assert "not a medical device" in answer["about"]["research_use"]
    assert ("br2020", "2020") in {(source["source"], source["published"]) for source in answer["about"]["sources"]}
    return answer


def figures(answer):
    """Yield each object that holds a figure."""
    if isinstance(answer, dict):
        if "as_printed" in answer and "result" in answer:
            yield answer
        for part in answer.values():
            yield from figures(part)
    elif isinstance(answer, list):
        for part in answer:
            yield from figures(part)


def test_at_most_six_tools_each_described_and_reading_only(kg):
    """A model sees six tools, what each does and takes, and that none changes anything."""
    tools = ask(kg, lambda client: client.list_tools()).tools
    assert len(tools) <= 6
    for tool in tools:
        assert tool.description
        assert tool.annotations.read_only_hint
        assert tool.input_schema["properties"]
        assert tool.input_schema["additionalProperties"] is False


@pytest.mark.parametrize("name", CALLS)
def test_every_answer_is_short_and_names_its_sources(kg, name):
    """Every answer has less than 20 kB, says what it is not, its sources and their dates; what is cut is counted."""
    answer = told(kg, name)
    assert len(answer) > 1
    for figure in figures(answer):
        assert re.search(r"characters \d|line \d+ of the record", figure["at"])


def test_names_are_those_of_the_graph(kg):
    """Exact, ambiguous and unknown words are told as `rrmm names` tells them."""
    answer = told(kg, "names")
    assert answer["names"] == [kg.lexicon.find(word).to_dict() for word in CALLS["names"][1]["words"]]


def test_regimens_are_those_of_the_report(kg):
    """Every option of the report stands in one group, its reason with its address."""
    answer, report = told(kg, "regimens"), kg.regimens_for(PATIENT, evidence=False)
    options = [option for group in answer["groups"] for option in group["options"]]
    assert sorted(option["option"] for option in options) == sorted(o.option for o in report.record.options)
    assert all(re.search(r"\[(br2020|pdq2025).*characters \d", option["because"]) for option in options)
    assert any("cardiotoxicity" in caution["text"] and "Kd" in caution["on"] for caution in answer["cautions"])
    assert "cytogenetics" in answer["find_out_next"]


def test_a_patient_in_a_text_is_read(kg):
    """Some clients write every argument as text."""
    given = [{"patient": PATIENT}, {"patient": json.dumps(PATIENT)}]
    plain, written = (call(kg, "regimens", arguments).content[0].text for arguments in given)
    assert written == plain


def test_why_and_why_not(kg):
    """The reasons, what would change them, cautions and evidence are those of the report."""
    option = kg.regimens_for(PATIENT).option("DRd")
    answer = told(kg, "why not")
    assert (answer["option"], answer["status"]) == ("DRd", option["status"])
    assert [reason["facts"] for reason in answer["because"]] == [reason["facts"] for reason in option["because"]]
    assert answer["would_change_if"]
    assert {row["result"] for row in told(kg, "why")["evidence"]}


def test_results_come_in_pages(kg):
    """Page after page gives every row once."""

    async def pages(client):
        seen, offset = [], 0
        while offset is not None:
            result = await client.call_tool("results", {"offset": offset})
            answer = json.loads(result.content[0].text)
            assert len(result.model_dump_json().encode()) < MOST
            seen += [row["result"] for row in answer["results"]]
            offset = answer.get("next_offset")
        return seen

    rows = kg.query("results").to_dicts()
    assert [name.partition(":")[2] for name in ask(kg, pages)] == [row["result"].rpartition("/")[2] for row in rows]


def test_a_table_comes_with_the_addresses_of_what_it_names(kg):
    """Each row that is shown names a result whose place is told; the others are counted."""
    answer = told(kg, "a table")
    assert answer["row_count"] == len(answer["rows"]) + answer["left_out"]["rows"]
    assert {row[0] for row in answer["rows"]} == set(answer["addresses"])


@pytest.mark.parametrize("name", LONG)
def test_long_texts_of_a_client_neither_hide_options_nor_fill_an_answer(kg, name):
    """Texts are cut before options, each answer is in bounds, and the next one says its sources as ever."""

    async def both(client):
        usual = await client.call_tool("regimens", {"patient": {"age": 70}})
        return [await client.call_tool(*LONG[name]), await client.call_tool("sparql", {"query": "ASK {}"}), usual]

    long, *others = ask(kg, both)
    assert len(long.model_dump_json().encode()) < MOST
    answers = [json.loads(result.content[0].text) for result in (long, *others) if not result.is_error]
    assert all({source["source"] for source in answer["about"]["sources"]} >= {"br2020"} for answer in answers)
    if LONG[name][0] == "regimens":
        counts = [sum(len(group["options"]) for group in one["groups"]) for one in (answers[0], answers[-1])]
        assert counts[0] == counts[1]
        assert "y" * 1_001 not in json.dumps(answers[0]["patient"])


@pytest.mark.parametrize(("tool", "arguments", "said"), REFUSED)
def test_what_is_refused(kg, tool, arguments, said):
    """A wrong name, patient or query is an error that says what to do."""
    result = call(kg, tool, arguments)
    assert result.is_error
    assert re.search(said, result.content[0].text)


def test_resources(kg):
    """Questions, the keys of a patient, and every page of a full report can be read, each in bounds."""

    async def read(client):
        texts = {}
        for uri in ("rrmm://patient", "rrmm://questions", "rrmm://questions/hazard-ratios"):
            texts[uri] = (await client.read_resource(uri)).contents[0].text
        uri, report = f"rrmm://reports/{encode(PATIENT)}/1", []
        while uri:
            text = (await client.read_resource(uri)).contents[0].text
            assert "not a medical device" in text and "2020" in text
            assert len(text.encode()) < MOST
            report.append(text)
            found = re.search(r"^Next: (\S+)$", text, re.MULTILINE)
            uri = found and found[1]
        listed = await client.list_resources(), await client.list_resource_templates()
        return texts, report, listed

    texts, report, (listed, templates) = ask(kg, read)
    assert {entry["key"] for entry in json.loads(texts["rrmm://patient"])["keys"]} >= {"age", "prior_drugs.drug"}
    names = {entry["name"] for entry in json.loads(texts["rrmm://questions"])["questions"]}
    assert names == {path.stem for path in (kg.files.root / "queries/questions").glob("*.rq")}
    assert json.loads(texts["rrmm://questions/hazard-ratios"])["rows"]
    assert all(len(text.encode()) < MOST for text in texts.values())
    assert "".join(page.split("\n\n", 1)[1] for page in report) == kg.regimens_for(PATIENT).to_markdown()
    assert len(listed.resources) + len(templates.resource_templates) == 4


@pytest.mark.parametrize("uri", ["rrmm://reports/e30/99", "rrmm://reports/!!/1", "rrmm://questions/hazard", "rrmm://x"])
def test_an_unknown_resource(kg, uri):
    """An address of nothing is an error."""

    async def read(client):
        with pytest.raises(MCPError):
            await client.read_resource(uri)

    ask(kg, read)


def test_a_patient_in_an_address_has_each_key_once():
    """What is in an address is read as a file is: the last of two values does not win in silence."""
    enclosed = [base64.urlsafe_b64encode(text).decode() for text in (b'{"age": 1}', b'{"age": 1, "age": 2}')]
    assert decode(enclosed[0]) == {"age": 1}
    with pytest.raises(PatientError, match="key 'age' stands twice"):
        decode(enclosed[1])


@asynccontextmanager
async def started(errors):
    """Give a client of the command itself."""
    command = StdioServerParameters(command=sys.executable, args=["-m", "rrmm", "mcp"], cwd=ROOT)
    async with Client(stdio_client(command, errlog=errors)) as client:
        yield client


def test_the_command_answers_and_keeps_nothing(tmp_path):
    """`rrmm mcp` speaks the protocol on its standard streams, and no word of a patient reaches its log."""

    async def run(errors):
        async with started(errors) as client:
            good = await client.call_tool("regimens", {"patient": PATIENT | {"title": "Zebedee"}})
            bad = await client.call_tool("regimens", {"patient": {"comorbidities": ["Zebedee"]}})
            wrong = await client.call_tool("regimens", {"patient": "Zebedee"})
            table = await client.call_tool("sparql", {"query": "ASK {}"})
            return [good.is_error, bad.is_error, wrong.is_error, json.loads(table.content[0].text)["rows"]]

    log = Path(tmp_path, "log")
    with log.open("w") as errors:
        assert anyio.run(run, errors) == [False, True, True, [[True]]]
    assert "Zebedee" not in log.read_text()


COMMAND = [sys.executable, "-m", "rrmm", "mcp"]
HELLO = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}
START = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": HELLO}
INITIALIZED = {"jsonrpc": "2.0", "method": "notifications/initialized"}
UNCLEAR = {
    b"{nonsense": (None, "Expecting property name"),
    b"\xff\xfe": (None, "can't decode byte"),
    b"[]": (None, "one JSON object a line"),
    b'{"jsonrpc": "2.0", "id": 4, "method": "ping", "params": {"a": 1, "a": 2}}': (4, "key 'a' stands twice"),
    b'{"jsonrpc": "2.0", "id": "x", "method": "ping", "params": {"a": "\\ud800"}}': ("x", "half of a surrogate pair"),
    b'{"jsonrpc": "2.0", "id": "\\ud800", "method": "ping"}': (None, "half of a surrogate pair"),
    b'{"id": 5, "params": ' + b"[" * 200 + b"]" * 200 + b"}": (5, "nested deeper than 100 levels"),
    b"[" * 100_000: (None, "nested deeper than 100 levels"),
    b'{"id": 6, "a": "' + b"x" * LONGEST + b'"}': (None, "longer than 4,000,000 bytes"),
}
INVALID = {
    b'{"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": [1]}': (7, "params takes an object"),
    b'{"jsonrpc": "1.0", "id": 8, "method": "ping"}': (8, 'jsonrpc takes "2.0"'),
    b'{"id": "y", "method": "ping"}': ("y", 'jsonrpc takes "2.0"'),
    b'{"jsonrpc": "2.0", "id": 9}': (9, "method takes a text"),
    b'{"jsonrpc": "2.0", "id": 10, "method": "ping", "error": {}}': (10, "method stands beside result or error"),
    b'{"jsonrpc": "2.0", "id": 9.5, "method": "ping"}': (None, "id takes a text or a whole number"),
    b'{"jsonrpc": "2.0", "id": null, "method": "ping"}': (None, "id takes a text or a whole number"),
    b'{"jsonrpc": "2.0", "id": true, "method": "ping"}': (None, "id takes a text or a whole number"),
}


def test_all_that_was_asked_is_answered_before_the_end():
    """The end of the input ends no work; a request that was taken back is not waited for."""
    calls = [
        {"name": "regimens", "arguments": {"patient": {"age": 70}}},
        {"name": "explain", "arguments": {"name": "Kd"}},
    ]
    asked = [{"jsonrpc": "2.0", "id": n, "method": "tools/call", "params": calls[n % 2]} for n in range(1, 7)]
    back = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 6}}
    sent = b"".join(json.dumps(one).encode() + b"\n" for one in (START, INITIALIZED, *asked, back))
    done = subprocess.run(COMMAND, input=sent, capture_output=True, cwd=ROOT, check=True, timeout=60)
    answers = {answer["id"]: answer for answer in map(json.loads, done.stdout.splitlines())}
    assert set(range(6)) <= answers.keys()
    assert not any(answer["result"].get("isError") for answer in answers.values() if answer["id"] < 6)


def test_what_is_no_valid_message_is_answered():
    """An error at once, by the id where there is one, and the next message is answered as ever."""
    sent = b"".join(line + b"\n" for line in (*UNCLEAR, *INVALID, json.dumps(START).encode()))
    done = subprocess.run(COMMAND, input=sent, capture_output=True, cwd=ROOT, check=True, timeout=60)
    *refused, started = map(json.loads, done.stdout.splitlines())
    assert started["id"] == 0
    assert "rrmm" in started["result"]["serverInfo"]["name"]
    expected = [(-32700, *one) for one in UNCLEAR.values()] + [(-32600, *one) for one in INVALID.values()]
    for answer, (code, name, said) in zip(refused, expected, strict=True):
        assert (answer["id"], answer["error"]["code"]) == (name, code)
        assert said in answer["error"]["message"]
    assert done.stderr == b""


def test_without_the_extra_one_message():
    """Where the package is missing, the command names the extra."""
    code = "import sys; sys.modules['mcp'] = None; from rrmm.cli.main import main; sys.exit(main(['mcp']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "pip install 'rrmm[mcp]'" in done.stderr


def test_shorten_cuts_the_longest_list_first():
    """What is small stays whole, and each cut is counted."""
    answer = shorten({"few": ["a"], "many": [{"n": n} for n in range(1000)]}, 500)
    assert size(answer) <= 500
    assert answer["few"] == ["a"]
    assert len(answer["many"]) + answer["left_out"]["many"] == 1000


def test_shorten_cuts_what_comes_last_from_its_end():
    """The lists that are to go last stay while others can be cut, and then lose their end; what was given stays."""
    given = {"groups": [{"options": ["a" * 20] * 20}, {"options": ["b" * 20] * 20}], "other": ["c" * 20] * 100}
    answer = shorten(given, 800, "groups")
    assert (answer["other"], len(given["other"])) == ([], 100)
    assert len(answer["groups"][0]["options"]) == 20
    assert 0 < len(answer["groups"][1]["options"]) < 20
