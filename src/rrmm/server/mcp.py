"""The Model Context Protocol over standard input and output: tools and resources of `rrmm.server.assistant`.

Standard output carries the protocol alone. Nothing is logged: a call holds a patient.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any, BinaryIO, cast

import anyio
from anyio import CapacityLimiter, to_thread
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import MCPServerError, ResourceError, ToolError
from mcp.server.mcpserver.tools import Tool
from mcp.server.mcpserver.utilities.func_metadata import FuncMetadata
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage
from mcp.types import ErrorData, JSONRPCError, ToolAnnotations
from pydantic import Field, ValidationError

from rrmm.api import KnowledgeGraph
from rrmm.errors import PatientError, RrmmError, nearest, quote
from rrmm.records import JsonObject
from rrmm.server.assistant import FILTERS, Assistant
from rrmm.server.lines import Lines
from rrmm.server.shorten import cut
from rrmm.texts import Unclear, check_texts, parse_json
from rrmm.version import __version__

AT_ONCE = 2  # answers that are made at once, and so the processes of their queries
JSON, MARKDOWN = "application/json", "text/markdown"
READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
INSTRUCTIONS = (
    "Evidence on relapsed/refractory multiple myeloma, as its sources print it; research use only, not a medical "
    "device. Quote a figure with its address (`at`), name the source and its date, and do not compare figures of "
    "different studies. A key that a patient lacks is unknown, not absent: ask for it rather than guess. Resolve words "
    "with resolve_names before a patient is made of them."
)
TAKES = {
    "array": "a list of texts",
    "integer": "a whole number from 0",
    "object": "an object",
    "string": "a text",
}
"""Type of an argument → what a message says that it takes."""
Patient = Annotated[
    JsonObject,
    Field(
        description="A patient file: keys such as age, region, ecog, egfr, frailty, comorbidities, prior_lines, "
        "cytogenetics, relapse, transplant, and prior_drugs, a list of {drug, line, status, best_response}; status is "
        "refractory, relapsed_not_refractory, intolerant or exposed. Leave out what is not known; an empty list says "
        "none. The resource rrmm://patient describes every key."
    ),
]


class _Given(FuncMetadata):
    """Takes arguments as they are given; the library's reads any text as JSON, of equal keys the last one."""

    def pre_parse_json(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return what is given."""
        return data


class StrictTool(Tool):
    """A tool that refuses arguments it does not have; the library's would answer as if they had not been given."""

    @classmethod
    def of(cls, function: Callable[..., Awaitable[str]]) -> StrictTool:
        """Return the tool of a function, which reads and gives text."""
        tool = cast("StrictTool", cls.from_function(function, annotations=READS, structured_output=False))
        tool.parameters["additionalProperties"] = False
        tool.fn_metadata = _Given.model_construct(**dict(tool.fn_metadata))
        return tool

    async def run(self, arguments: dict[str, Any], context: Context[Any, Any], convert_result: bool = False) -> Any:
        """Run the tool; raises ToolError, too, naming an unknown argument and the known ones."""
        known = self.parameters["properties"]
        for name in arguments:
            if name not in known:
                raise ToolError(
                    f"{self.name}: no argument {quote(name)}; it has {', '.join(known)}.{nearest(name, known)}"
                )
        read = {name: self._read(name, value) for name, value in arguments.items()}
        try:
            return await super().run(read, context, convert_result)
        except ToolError as error:
            if not isinstance(error.__cause__, ValidationError):
                raise
            raise ToolError(f"{self.name}: {self._describe(error.__cause__)}") from None

    def _read(self, name: str, value: object) -> object:
        """Return an argument; some clients write an object or a list as JSON in a text. Raises ToolError."""
        if not isinstance(value, str) or self.parameters["properties"][name].get("type") not in {"object", "array"}:
            return value
        try:
            content = parse_json(value, constants=False)
            check_texts(content, name)
        except Unclear as error:
            raise ToolError(f"{self.name}: {name}: {error}") from None
        except PatientError as error:
            raise ToolError(f"{self.name}: {cut(str(error))}") from None
        except ValueError:
            return value
        return content

    def _describe(self, error: ValidationError) -> str:
        """Return what is wrong with the first argument that does not fit, and what it takes."""
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        name = str(first["loc"][0])
        schema = self.parameters["properties"][name]
        kind = next((one["type"] for one in schema.get("anyOf", [schema]) if "type" in one), "")
        if first["type"] == "missing":
            return f"the argument {name} is missing. It takes {TAKES[kind]}."
        return f"invalid {name}. It takes {TAKES[kind]}."


class Work:
    """What tools and resources compute: in a few threads, so that messages are read and answered meanwhile."""

    def __init__(self) -> None:
        self._threads = CapacityLimiter(AT_ONCE)

    async def tell(self, answer: Callable[..., str], *arguments: object) -> str:
        """Return the answer of a tool; raises ToolError."""
        return await self._run(ToolError, answer, *arguments)

    async def read(self, answer: Callable[..., str], *arguments: object) -> str:
        """Return the content of a resource; raises ResourceError."""
        return await self._run(ResourceError, answer, *arguments)

    async def _run(self, failure: type[MCPServerError], answer: Callable[..., str], *arguments: object) -> str:
        try:
            return await to_thread.run_sync(partial(answer, *arguments), limiter=self._threads)
        except RrmmError as error:
            raise failure(cut(str(error))) from None


def build(graph: KnowledgeGraph) -> MCPServer[Any]:
    """Return the server of a graph."""
    logging.getLogger("mcp").setLevel(logging.CRITICAL + 1)
    assistant, work = Assistant(graph), Work()
    server: MCPServer[Any] = MCPServer(
        "rrmm",
        title="Relapsed/refractory myeloma",
        instructions=INSTRUCTIONS,
        version=__version__,
        log_level="CRITICAL",
        tools=_tools(assistant, work),
    )
    _add_resources(server, assistant, work)
    return server


def _tools(assistant: Assistant, work: Work) -> list[Tool]:
    """Return the tools of an assistant; the words of each, and of its arguments, are what a model reads."""

    async def resolve_names(
        words: Annotated[list[str], Field(description="names, brands, abbreviations, codes or spellings")],
        where: Annotated[str | None, Field(description="drug, class, regimen, comorbidity, cytogenetics …")] = None,
    ) -> str:
        """Say what words mean in the graph; an ambiguous one has its candidates, an unknown one near names."""
        return await work.tell(assistant.resolve_names, words, where)

    async def regimens(patient: Patient) -> str:
        """List the regimens that the sources name for a patient, by status and fit, each with its reason."""
        return await work.tell(assistant.regimens, patient)

    async def why(patient: Patient, option: Annotated[str, Field(description="a regimen that regimens lists")]) -> str:
        """Explain one option for a patient: why or why not, what would change it, cautions, evidence."""
        return await work.tell(assistant.why, patient, option)

    async def results(
        study: str | None = None,
        group: Annotated[str | None, Field(description="the regimen that the figure describes")] = None,
        population: Annotated[str | None, Field(description="all, or a subgroup such as del(17p)")] = None,
        endpoint: Annotated[str | None, Field(description="PFS, OS, ORR, CR …")] = None,
        source: Annotated[str | None, Field(description="the short name of a source")] = None,
        offset: Annotated[int, Field(ge=0, strict=True, description="the next_offset of an earlier answer")] = 0,
    ) -> str:
        """List printed results of studies, one row a figure, each with its address."""
        given = zip(FILTERS, (study, group, population, endpoint, source), strict=True)
        return await work.tell(assistant.results, {name: value for name, value in given if value is not None}, offset)

    async def explain(
        name: Annotated[str, Field(description="an IRI, a CURIE such as trial:endeavor, or a name")],
    ) -> str:
        """Show what the graph says of a thing, or of a rule or result by its IRI, and where it is stated."""
        return await work.tell(assistant.explain, name)

    async def sparql(query: Annotated[str, Field(description="SELECT, ASK, CONSTRUCT or DESCRIBE")]) -> str:
        """Run SPARQL on the graph: read-only, ten seconds. Select the IRI of a figure, then its address comes too."""
        return await work.tell(assistant.sparql, query)

    return [StrictTool.of(function) for function in (resolve_names, regimens, why, results, explain, sparql)]


def _add_resources(server: MCPServer[Any], assistant: Assistant, work: Work) -> None:
    @server.resource("rrmm://patient", mime_type=JSON, title="The keys of a patient file")
    async def patient_keys() -> str:
        return await work.read(assistant.patient_keys)

    @server.resource("rrmm://questions", mime_type=JSON, title="The catalogued questions")
    async def questions() -> str:
        return await work.read(assistant.questions)

    @server.resource("rrmm://questions/{name}", mime_type=JSON, title="A catalogued question and its answer")
    async def question(name: str) -> str:
        return await work.read(assistant.question, name)

    @server.resource("rrmm://reports/{patient}/{page}", mime_type=MARKDOWN, title="A full report, page by page")
    async def report(patient: str, page: str) -> str:
        return await work.read(assistant.full_report, patient, page)


def run(graph: KnowledgeGraph) -> None:
    """Answer on standard input and output until the client closes them."""
    anyio.run(serve, build(graph), sys.stdin.buffer)


async def serve(server: MCPServer[Any], messages: BinaryIO, out: anyio.AsyncFile[str] | None = None) -> None:
    """Answer the lines of a stream, by default on standard output; what is no valid message with an error."""
    lines = Lines(messages)
    async with stdio_server(cast("anyio.AsyncFile[str]", lines), out) as (read, write):

        async def refuse(message: str | int | None, code: int, why: str) -> None:
            error = ErrorData(code=code, message=why)
            await write.send(SessionMessage(JSONRPCError(jsonrpc="2.0", id=message, error=error)))

        lines.refuse = refuse
        inner = server._lowlevel_server  # the library has no other door for streams of one's own
        answers, made = anyio.create_memory_object_stream[SessionMessage](0)

        async def send() -> None:
            async with write, made:
                async for answer in made:
                    await write.send(answer)
                    lines.note_answer(getattr(answer.message, "id", None))

        async with anyio.create_task_group() as sending:
            sending.start_soon(send)
            await inner.run(read, answers, inner.create_initialization_options())
            answers.close()
