"""The answer of a question as people use it: typed rows, data frames, CSV, HTML, and the notebook that plots it."""

from __future__ import annotations

import builtins
import csv
import io
import json
import re

import pytest
from docs.reference import build as reference

from rrmm.errors import MissingExtra, QueryError
from rrmm.graph import queries
from rrmm.graph.table import Table
from support import ROOT

TABLE = Table(
    ("name", "count", "value", "known"),
    (("a|b", 1, 0.5, True), ("https://w3id.org/rrmm/id/drug/x", None, None, None), ("<i>", 3, 12.0, False)),
)
NOTEBOOK = ROOT / "docs" / "from-question-to-plot.ipynb"


def test_rows_are_typed(kg):
    """Numbers are numbers, truth is truth, and what is printed stays text."""
    table = kg.query("differences-within-trials", endpoint="PFS")
    row = next(row for row in table.to_dicts() if row["study"] == "ASPIRE" and row["population"] == "all")
    assert (row["experimental_printed"], row["control_printed"]) == ("26.3", "17.6")
    assert row["difference"] == pytest.approx(8.7)
    assert {type(cell) for cell in kg.query("approvals").column("approved")} == {bool}
    assert {type(cell) for cell in kg.query("regimens-by-size").column("components")} == {int}


def test_a_literal_that_is_no_number_stays_text(kg):
    """Whatever its datatype says; what JSON does not have stays text too, and no digit is lost."""
    xsd = "http://www.w3.org/2001/XMLSchema#"
    values = {"many": "integer", "9" * 5000: "integer", "NaN": "double", "INF": "float", "x": "decimal"}
    terms = " ".join(f'"{text}"^^<{xsd}{kind}>' for text, kind in values.items())
    table = kg.sparql(f"SELECT ?x {{ VALUES ?x {{ {terms} }} }}")
    assert list(table.column("x")) == list(values)
    assert json.loads(table.to_json(), parse_constant=pytest.fail) == [{"x": text} for text in values]
    assert Table(("x",), ((123456789.5,), (0.1 + 0.2,))).to_csv().split() == ["x", "123456789.5", "0.3"]


def test_a_column_by_name():
    """A wrong name offers the nearest."""
    assert TABLE.column("count") == (1, None, 3)
    with pytest.raises(QueryError, match="Did you mean count"):
        TABLE.column("cuont")


def test_pandas_keeps_integers_with_gaps():
    """A missing integer does not turn its column into floats; an unbound cell is missing."""
    frame = TABLE.to_pandas()
    assert list(frame.columns) == list(TABLE.columns)
    assert [str(kind) for kind in frame.dtypes[1:]] == ["Int64", "float64", "boolean"]
    assert frame["count"].isna().tolist() == [False, True, False]
    assert Table(("a",), ()).to_pandas().empty


def test_polars_has_nulls():
    """The same in Polars."""
    frame = TABLE.to_polars()
    assert frame.columns == list(TABLE.columns)
    assert frame["count"].to_list() == [1, None, 3]
    assert frame["known"].to_list() == [True, None, False]
    assert Table(("a",), ()).to_polars().is_empty()


@pytest.mark.parametrize(("library", "method"), [("pandas", "to_pandas"), ("polars", "to_polars")])
def test_a_missing_extra_is_named(monkeypatch, library, method):
    """Without the library the error says what to install."""
    real = builtins.__import__

    def without(name, *arguments, **keywords):
        if name.split(".")[0] == library:
            raise ImportError(name)
        return real(name, *arguments, **keywords)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match=rf"pip install 'rrmm\[{library}\]'"):
        getattr(TABLE, method)()


def test_csv_html_and_markdown():
    """CSV is read back as it was; HTML and Markdown escape what they must."""
    rows = list(csv.reader(io.StringIO(TABLE.to_csv())))
    assert rows[1:] == [
        ["a|b", "1", "0.5", "true"],
        ["https://w3id.org/rrmm/id/drug/x", "", "", ""],
        ["<i>", "3", "12", "false"],
    ]
    shown = TABLE._repr_html_()
    assert '<a href="https://w3id.org/rrmm/id/drug/x">drug:x</a>' in shown
    assert "&lt;i&gt;" in shown
    assert "<i>" not in shown
    assert TABLE.to_markdown().splitlines()[2] == "| a\\|b | 1 | 0.5 | true |"


def test_the_reference_is_current(tmp_path, capsys):
    """Made again by docs/reference/build.py, the pages are those in docs/; that of a question that is gone goes too."""
    (tmp_path / "gone.md").write_text("old", encoding="utf-8")
    reference.main(tmp_path)
    made, there = (
        {path.name: path.read_bytes() for path in folder.iterdir()} for folder in (tmp_path, ROOT / reference.FOLDER)
    )
    assert made == there
    assert "pages in" in capsys.readouterr().out


def test_the_notebook_runs():
    """Its cells run in order and end in a plot with a line for each study, in the order of their controls."""
    import matplotlib as mpl

    mpl.use("Agg")
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    space: dict[str, object] = {"__name__": "notebook"}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), f"{NOTEBOOK.name}:{cell['id']}", "exec"), space)  # noqa: S102
    labels = [label.get_text() for label in space["axes"].get_yticklabels()]
    assert len(labels) == len(space["known"]) > 8
    assert labels[-1] == "MM-003: Pd vs. D"
    assert "other studies differ" in " ".join(space["axes"].get_xlabel().split())


def test_the_notebook_holds_its_outputs():
    """Every cell was run in order and ended well; nothing of a machine is kept in it."""
    text = NOTEBOOK.read_text(encoding="utf-8")
    notebook = json.loads(text)
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    kinds = {output["output_type"] for cell in code for output in cell["outputs"]}
    assert kinds == {"execute_result", "display_data", "stream"}
    assert set(notebook["metadata"]) == {"kernelspec", "language_info"}
    assert not re.search(r"/home|/tmp|/root|site-packages", text)


@pytest.mark.slow
def test_the_outputs_of_the_notebook_are_current():
    """Run again by docs/notebook.py, it says what it says now, its drawing aside."""
    pytest.importorskip("nbclient")
    from docs.notebook import execute

    text = NOTEBOOK.read_text(encoding="utf-8")
    assert texts_of(execute(text)) == texts_of(json.loads(text))


def texts_of(notebook):
    """Return the outputs of a notebook that are text."""
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    return ["".join(output.get("text") or output["data"].get("text/html", "")) for output in outputs]


@pytest.mark.parametrize(("library", "method"), [("pandas", "to_pandas"), ("polars", "to_polars")])
def test_numbers_as_printed_become_numbers_on_request(library, method):
    """Printed numbers are text until they are asked for as numbers; "N/A" is then missing, and text elsewhere."""
    pytest.importorskip(library)
    table = Table(("value", "as_printed"), (("0.70", "0.70"), ("1,304", "1,304"), ("N/A", "N/A")))
    frame = getattr(table, method)(numbers=["value"])
    assert frame["value"].sum() == pytest.approx(1304.7)
    assert list(frame["as_printed"]) == ["0.70", "1,304", "N/A"]
    with pytest.raises(QueryError, match="valeu"):
        getattr(table, method)(numbers=["valeu"])


def test_csv_keeps_what_is_not_available():
    """Read as the documentation says, "N/A" stays text and an unbound cell is missing."""
    pandas = pytest.importorskip("pandas")
    table = Table(("value", "unit"), (("N/A", None), ("7.6", "mo")))
    frame = pandas.read_csv(io.StringIO(table.to_csv()), keep_default_na=False, na_values=[""])
    assert list(frame["value"]) == ["N/A", "7.6"]
    assert frame["unit"].isna().tolist() == [True, False]


def test_polars_reads_the_csv_as_documented():
    """Polars keeps "N/A" as text, once it has seen the whole column."""
    polars = pytest.importorskip("polars")
    table = Table(("value", "unit"), (*((str(n), "mo") for n in range(200)), ("N/A", None)))
    frame = polars.read_csv(io.BytesIO(table.to_csv().encode()), infer_schema_length=None)
    assert frame["value"].to_list()[-1] == "N/A"
    assert frame["unit"].to_list()[-1] is None


@pytest.mark.parametrize(("library", "method"), [("pandas", "to_pandas"), ("polars", "to_polars")])
def test_results_are_typed(kg, library, method):
    """Values and intervals of results are numbers in a data frame, what is printed stays text, and all can be text."""
    pytest.importorskip(library)
    table = kg.query("results")
    frame = getattr(table, method)()
    row = next(n for n, value in enumerate(table.column("as_printed")) if value == "N/A")
    assert frame["value"].mean() > 0
    assert frame["ci_lower"].max() > frame["ci_lower"].min() > 0
    assert not frame["value"][row] or frame["value"][row] != frame["value"][row]
    assert frame["as_printed"][row] == "N/A"
    assert getattr(table, method)(numbers=())["value"][row] == table.column("value")[row]
    assert "N/A" in table.to_csv()


@pytest.mark.parametrize(("library", "method"), [("pandas", "to_pandas"), ("polars", "to_polars")])
def test_whole_dates_are_dates(library, method):
    """A day is a date, a year alone is missing rather than its first day, and a column without days stays text."""
    pytest.importorskip(library)
    table = Table(("read_on", "published"), (("2026-11-29", "2018"), ("2020", "2025-04-25")), dates=("read_on",))
    frame = getattr(table, method)()
    first, second = list(frame["read_on"])
    assert (first.year, first.month, first.day) == (2026, 11, 29)
    assert second is None or second != second
    assert list(frame["published"]) == ["2018", "2025-04-25"]


def test_what_a_question_types_is_of_its_columns(kg):
    """Each column that a question gives a type is among its columns."""
    questions = queries.read(kg.files.root, "questions").values()
    typed = [query for query in questions if query.numbers or query.dates]
    assert len(typed) >= 6
    for query in typed:
        head = query.body.partition("WHERE")[0]
        assert all(f"?{name}" in head for name in (*query.numbers, *query.dates)), query.name
