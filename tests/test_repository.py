"""The files around the code: what hosts, archives and builders of images read."""

from __future__ import annotations

import re
import subprocess
import tomllib

import pytest
from ruamel.yaml import YAML

from rrmm.server.api import ROUTES
from support import ROOT
from support.tools import needs

FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))


def read(path):
    """Return a YAML file as plain data."""
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("form", [form for form in FORMS if form.stem != "config"], ids=lambda form: form.stem)
def test_forms_ask_for_what_is_needed(form):
    """A form has a name, a description and fields with ids of their own, one of them required."""
    content = read(form)
    assert content["name"]
    assert content["description"]
    fields = [field for field in content["body"] if field["type"] != "markdown"]
    assert len({field["id"] for field in fields}) == len(fields)
    assert all(field["attributes"]["label"] for field in fields)
    assert any(field.get("validations", {}).get("required") for field in fields)


def test_the_workflow_runs_what_ci_runs():
    """One job runs `.ci/run`, the others `make test`; none may write."""
    workflow = read(ROOT / ".github" / "workflows" / "ci.yml")
    assert workflow["permissions"] == {"contents": "read"}
    steps = [step.get("run", "") for job in workflow["jobs"].values() for step in job["steps"]]
    assert ".ci/run" in steps
    assert any(step.startswith("make test") for step in steps)


def test_the_image_serves_as_nobody_in_particular():
    """The image is built from the wheel, runs as a user without rights, and asks a page that the service has."""
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"^USER 1000$", image, re.MULTILINE)
    (asked,) = re.findall(r"127\.0\.0\.1:8000(/[a-z/]+)", image)
    assert asked in {route.path for route in ROUTES}
    assert "pip wheel" in image
    services = read(ROOT / "compose.yaml")["services"]
    assert services["rrmm"]["read_only"] is True
    assert all(port.startswith("127.0.0.1:") for service in services.values() for port in service["ports"])


@pytest.mark.slow
@pytest.mark.parametrize(("line", "code"), [("", 0), ("RUN cd /tmp && sudo ls\n", 1)], ids=["ours", "a fault"])
def test_the_image_passes_its_linter(line, code):
    """Hadolint finds nothing in the Dockerfile, and finds a line that does not belong there."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8") + line
    done = subprocess.run([needs("hadolint"), "-"], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout


def test_whoever_finds_a_weakness_knows_where_to_go():
    """SECURITY asks for a private report and for no data of a patient."""
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    assert "in private" in text
    assert "Never send data of a patient" in text


def test_the_page_on_installing_names_every_extra():
    """Each extra that is for users has its row; those for work on the project have none."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    named = {name for row in re.findall(r"^\| (`.*?`) \|", text, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert named == set(project["optional-dependencies"]) - {"all", "bench", "dev", "test", "test-slow"}
