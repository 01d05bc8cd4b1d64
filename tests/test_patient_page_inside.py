"""The page of a patient without a service: Python in the browser answers as Python elsewhere does."""

from __future__ import annotations

import functools
import http.server
import io
import json
import shutil
import subprocess
import sys
import threading
import zipfile
from pathlib import Path
from typing import ClassVar

import pytest

from rrmm.errors import RrmmError
from rrmm.server.page import Desk, open_desk
from rrmm.site.content import STATIC, Content
from rrmm.site.pack import PYODIDE, find_pyodide, pack
from rrmm.site.patient_page import EXAMPLES
from support import ROOT
from support.browser import DESK, quiet
from support.patient_page import drop
from support.tools import needs

PATIENT = json.loads(EXAMPLES.read_text(encoding="utf-8"))[0]
TEXT = (ROOT / "examples/double-refractory.yaml").read_text(encoding="utf-8")
ASKED = [
    ("glance", {"patient": PATIENT}),
    ("glance", {"patient": PATIENT, "as_of": "2020"}),
    ("option", {"patient": PATIENT, "name": "Kd"}),
    ("names", {"word": "Velcade"}),
    ("read", {"text": TEXT}),
    ("intake_text", {"form": "fhir", "text": (ROOT / "examples/bundle.json").read_text(encoding="utf-8")}),
]
ASK = """
import json, sys
sys.path = [path for path in sys.path if "site-packages" not in path and "src" not in path] + [sys.argv[1]]
from rrmm.server.page import open_desk
ask = open_desk(sys.argv[1] + "/tables")
answers = [json.loads(ask(question, json.dumps(arguments))) for question, arguments in json.load(sys.stdin)]
heavy = {"pyoxigraph", "rdflib", "jinja2", "starlette"} & sys.modules.keys()
print(json.dumps([answers, sorted(heavy)]))
"""


@pytest.fixture(scope="module")
def packed(kg):
    """Return code and tables for the browser."""
    return pack(kg.files)


def test_the_pack_answers_alone(kg, packed, tmp_path):
    """Nothing but the standard library and the pack is needed, and every answer is that of the whole package."""
    zipfile.ZipFile(io.BytesIO(packed)).extractall(tmp_path)
    code = [sys.executable, "-I", "-S", "-c", ASK, str(tmp_path)]
    done = subprocess.run(code, input=json.dumps(ASKED), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answers, heavy = json.loads(done.stdout)
    assert heavy == []
    desk = Desk(kg)
    for (question, arguments), answer in zip(ASKED, answers, strict=True):
        assert answer == {"answer": json.loads(json.dumps(getattr(desk, question)(**arguments)))}, question


def test_a_refusal_says_what_the_api_says(packed, tmp_path):
    """An unknown drug is refused with its key and the nearest names."""
    zipfile.ZipFile(io.BytesIO(packed)).extractall(tmp_path)
    asked = json.dumps([("glance", {"patient": {"prior_drugs": ["bortezomob"]}})])
    code = [sys.executable, "-I", "-S", "-c", ASK, str(tmp_path)]
    done = subprocess.run(code, input=asked, capture_output=True, text=True, check=True)
    (answer,), _ = json.loads(done.stdout)
    assert answer["refused"]["key"] == "prior_drugs[1].drug"
    assert answer["refused"]["offers"] == ["bortezomib"]


def test_what_is_unclear_is_refused(packed, tmp_path):
    """A key that stands twice, which the last would win, is refused in the browser too."""
    zipfile.ZipFile(io.BytesIO(packed)).extractall(tmp_path)
    ask = open_desk(str(tmp_path / "tables"))
    answer = json.loads(ask("glance", '{"patient": {"age": 70, "age": 71}}'))
    assert answer == {"refused": {"detail": "key 'age' stands twice. Keep one.", "key": None, "offers": []}}
    record = json.dumps({"form": "fhir", "text": '{"resourceType": "Patient", "id": "a", "id": "b"}'})
    assert json.loads(ask("intake_text", record))["refused"]["detail"] == "key 'id' stands twice. Keep one."


def test_the_pack_is_the_same_each_time(kg, packed):
    """The same graph and code give the same bytes, of less than two megabytes."""
    assert pack(kg.files) == packed
    assert len(packed) < 2_000_000


def test_a_folder_without_python_is_refused(tmp_path):
    """The error names the files that are missing; a folder that has all is taken."""
    with pytest.raises(RrmmError, match=r"pyodide\.mjs"):
        find_pyodide(tmp_path)
    for name in PYODIDE:
        (tmp_path / name).write_bytes(b"")
    assert find_pyodide(tmp_path).keys() == set(PYODIDE)


def test_without_python_the_page_says_so(kg):
    """A site of pages alone has no engine for the page, and the page has no reference to one."""
    page = Content(kg.files, []).find("patient/index.html").decode()
    assert "data-api" not in page
    assert "data-pack" not in page


@pytest.fixture(scope="module")
def folder(kg, packed, tmp_path_factory):
    """Return the address of the page on a static site."""
    content = Content(kg.files, [], pyodide=find_pyodide(Path(needs("pyodide"))))
    to = tmp_path_factory.mktemp("site") / "rrmm"
    shutil.copytree(STATIC, to / "static")
    files = {name: content.find(name) for name in ("patient/index.html", "patient/form.json")}
    for name, text in (files | content.pyodide | {"patient/rrmm.zip": packed}).items():
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        (to / name).write_bytes(text)
    handler = functools.partial(Quiet, directory=str(to))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files without a word, but for those that are to be missed once."""

    missed: ClassVar[set[str]] = set()

    def do_GET(self):
        """Answer 503 once for a file that is to be missed."""
        if self.path not in self.missed:
            return super().do_GET()
        self.missed.remove(self.path)
        return self.send_error(503)

    def log_message(self, *_):
        """Say nothing."""


@pytest.mark.browser
def test_the_browser_answers_by_itself(browser, folder, kg):
    """Python starts in the browser, and example, file, brand name and option are answered without another request."""
    with quiet(browser, folder, DESK, "light", ["data:", "blob:"]) as page:
        page.goto("/patient/")
        page.locator("#shown .when").wait_for(timeout=120_000)
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.select_option("#example", "0")
        page.get_by_text("Start treatment: clinical relapse.").wait_for()
        page.locator('[data-option="Kd"] > summary').click()
        page.get_by_text("What studies found").wait_for(timeout=60_000)
        page.get_by_role("combobox", name="Line 1").fill("Kyprolis")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="carfilzomib", exact=True).wait_for()
        page.set_input_files("#file", ROOT / "examples/bundle.json")
        page.get_by_text("bundle.json is read").wait_for(timeout=60_000)
        drop(page, "twice.json", '{"resourceType": "Patient", "id": "a", "id": "b"}')
        page.locator("#fault").get_by_text("key 'id' stands twice").wait_for(timeout=60_000)
        page.select_option("#view", "2020")
        page.get_by_text("By the review (2020).").wait_for(timeout=60_000)
        assert asked == []


@pytest.mark.browser
def test_python_that_did_not_come_is_fetched_again(browser, folder):
    """Where the pack does not come the page says so, and its button starts Python once more."""
    with quiet(browser, folder, DESK, "light", ["data:", "blob:"], ["status of 503"]) as page:
        Quiet.missed.add("/patient/rrmm.zip")
        page.goto("/patient/")
        page.locator("#fault").get_by_text("(503)").wait_for(timeout=60_000)
        page.get_by_role("button", name="Try again").click()
        page.locator("#shown .when").wait_for(timeout=120_000)
