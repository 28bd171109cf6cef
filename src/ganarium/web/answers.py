"""JSON answers, and the JSON content of requests."""

from __future__ import annotations

import json
from typing import Any

from pydantic_core import PydanticSerializationError, from_json, to_json
from starlette.requests import Request
from starlette.responses import Response

from ganarium.core.errors import InputError


class Answer(Response):
    """A JSON answer; numbers that are not finite become null."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Return content as JSON; text that is not valid Unicode is escaped."""
        try:
            return to_json(content, inf_nan_mode="null")
        except (PydanticSerializationError, UnicodeError):
            return json.dumps(content, default=str).encode()


async def content_of(request: Request) -> dict[str, Any]:
    """Return the table that a request sends. Raises `InputError` for anything else."""
    try:
        values = from_json(await request.body() or b"{}", allow_inf_nan=False)
    except ValueError:
        raise InputError("the request is not valid JSON") from None
    if not isinstance(values, dict):
        raise InputError("the request must be a JSON table, as {…}")
    return values
