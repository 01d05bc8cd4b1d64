"""The reference pages of the catalogue, made from the questions and their answers; nothing in them is written by hand.

python docs/reference/build.py [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

from rrmm.api import KnowledgeGraph
from rrmm.graph.queries import Query, read
from rrmm.graph.table import Table

FOLDER = Path("docs/reference/questions")
SHOWN = 25
MADE = "<!-- Made by python docs/reference/build.py; do not edit. -->\n"


def pages(kg: KnowledgeGraph) -> dict[str, str]:
    """Return file name → Markdown: a page for each question, and the index."""
    listed = read(kg.files.root, "questions")
    made = {f"{name}.md": _page(kg, query) for name, query in listed.items()}
    return {"README.md": _index(list(listed.values())), **made}


def _index(listed: list[Query]) -> str:
    lines = [
        f"{MADE}# Questions\n",
        f'{len(listed)} questions, by group. Each runs as `rrmm query NAME`, as `kg.query("NAME")`, and as it stands'
        " in any SPARQL 1.1 engine that holds the graph.\n",
    ]
    for group in sorted({query.tags[0] for query in listed}):
        lines.append(f"## {group}\n")
        lines += [f"- [{q.name}]({q.name}.md): {q.summary}" for q in listed if q.tags[0] == group]
        lines.append("")
    return "\n".join(lines)


def _page(kg: KnowledgeGraph, query: Query) -> str:
    example = dict(list(query.defaults.items())[:1])
    flags = "".join(f" --param {name}={value}" for name, value in example.items())
    parts = [f"{MADE}# {query.name}\n", f"{query.summary}.\n", f"**Why would I ask this?** {query.description}\n"]
    parts.append(_parameters(query))
    parts.append(f"```console\n$ rrmm query {query.name}{flags}\n```\n")
    parts.append(_answer(kg.query(query.name, **example)))
    parts.append(f"## The query\n\n```sparql\n{query.body}```\n")
    parts.append("[All questions](README.md)\n")
    return "\n".join(part for part in parts if part)


def _parameters(query: Query) -> str:
    if not query.parameters:
        return "It takes no parameter.\n"
    rows = tuple(
        (name, f"?{variable}", query.kinds[name], query.defaults.get(name, ""))
        for name, variable in query.parameters.items()
    )
    table = Table(("parameter", "variable", "takes", "for example"), rows)
    return f"{table.to_markdown()}\nA parameter that is left out restricts nothing.\n"


def _answer(table: Table) -> str:
    shown = Table(table.columns, table.rows[:SHOWN])
    left = len(table) - len(shown)
    more = f"\n{left} more rows.\n" if left else ""
    return f"## Its answer\n\n{shown.to_markdown()}{more}"


def main(folder: Path) -> None:
    """Write the pages into `folder` and take away those of questions that are gone."""
    made = pages(KnowledgeGraph.load())
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in made.items():
        beside = folder / f".{name}"
        beside.write_text(text, encoding="utf-8")
        beside.replace(folder / name)
    for path in folder.glob("*.md"):
        if path.name not in made:
            path.unlink()
    sys.stdout.write(f"{len(made)} pages in {folder}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
