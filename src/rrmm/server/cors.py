"""Requests of pages of other origins (CORS): all may read, and ask by POST."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response

from rrmm.server.answers import problem

RULES: dict[str, Any] = {
    "allow_origins": ["*"],
    "allow_methods": ["GET", "HEAD", "POST", "OPTIONS"],
    "allow_headers": ["*"],
    "expose_headers": ["ETag", "Link", "Location", "Retry-After"],
    "max_age": 86400,
}


class Cors(CORSMiddleware):
    """Refuses a preflight, like all else, by a problem document."""

    def preflight_response(self, request_headers: Headers) -> Response:
        """Return the answer to a preflight."""
        answer = super().preflight_response(request_headers)
        if answer.status_code == 200:
            return answer
        allowed = {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}
        return problem(400, f"Ask by {', '.join(self.allow_methods)}.", allowed)
