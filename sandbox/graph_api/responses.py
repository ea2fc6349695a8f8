"""Reading requests and writing answers, the same way for all routes."""

import json
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

Model = TypeVar("Model", bound=BaseModel)


class BadRequest(Exception):
    """A request to the sandbox's own routes that can't be understood; `problems` in plain words."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


async def read_json(request: Request) -> object:
    """The body's JSON.

    Raises: BadRequest: it is none.
    """
    try:
        found: object = json.loads(await request.body())
    except ValueError as error:
        raise BadRequest(["the body is not JSON"]) from error
    return found


async def read(request: Request, model: type[Model]) -> Model:
    """The body as this model.

    Raises: BadRequest: with one line per wrong field.
    """
    return parse(await read_json(request), model)


def parse(found: object, model: type[Model]) -> Model:
    """Raises: BadRequest: with one line per wrong field."""
    try:
        return model.model_validate(found)
    except ValidationError as error:
        details = error.errors(include_url=False)
        lines = [f"{'.'.join(str(step) for step in one['loc'])}: {one['msg']}" for one in details]
        raise BadRequest(lines) from error


async def on_bad_request(_request: Request, error: Exception) -> Response:
    """For Starlette's exception handlers."""
    problems = error.problems if isinstance(error, BadRequest) else ["bad request"]
    return JSONResponse({"errors": problems}, status_code=400)
