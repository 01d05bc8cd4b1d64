"""The SPARQL 1.1 Graph Store HTTP Protocol, what of it reads: https://www.w3.org/TR/sparql11-http-rdf-update/.

The store holds one graph, as its default graph and by the name of its release.
"""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from rrmm.errors import quote
from rrmm.server.answers import Sliced
from rrmm.server.compression import accepted
from rrmm.server.lanes import compute
from rrmm.server.negotiate import GRAPHS, best, charset
from rrmm.server.service import Service


async def graph(request: Request) -> Response:
    """Return the graph that `default` or `graph` names, in the form that the client prefers."""
    service: Service = request.app.state.service
    _check(request, service.release)
    form = best(request.headers.get("accept", ""), GRAPHS)
    if form is None:
        raise HTTPException(406, f"Ask for one of: {', '.join(GRAPHS)}.")
    encoding = accepted(request.headers.get("accept-encoding", ""))
    kept = await compute(request, service.graph_in, GRAPHS[form], *filter(None, [encoding]))
    return Sliced(kept, charset(form))


def _check(request: Request, known: str) -> None:
    """Raise HTTPException unless the parameters name one graph that is here."""
    match request.query_params.multi_items():
        case [("default", "")]:
            return
        case [("default", _)]:
            raise HTTPException(400, "default takes no value.")
        case [("graph", name)]:
            if name != known:
                raise HTTPException(404, f"There is no graph {quote(name)}. Here is {known}.")
        case _:
            raise HTTPException(400, f"Give either ?default or ?graph={known}.")
