"""Errors as RFC 9457 problem details. One table says which error becomes which status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from sahut.adapters.ssm.secrets import SecretMissing
from sahut.contracts.problem import Problem
from sahut.domain import errors
from sahut.runtime.lean_fastapi import FastAPI, Request, RequestValidationError
from sahut.runtime.log_events import Event, log

# A plain Refused is AWS's no to something of ours: no caller can mend it, or needs to know what.
_TABLE: tuple[tuple[type[Exception], int, str], ...] = (
    (SecretMissing, 500, "Something went wrong"),
    (errors.NotFound, 404, "Not found"),
    (errors.TenantDenied, 404, "Not found"),
    (errors.Conflict, 409, "Not possible in its present state"),
    (errors.ChannelRefused, 502, "The channel refused the message"),
    (errors.TryAgain, 503, "Not available now, try again"),
)


class HttpProblem(Exception):
    """An error that only exists towards HTTP (a missing header, a wrong signature)."""

    def __init__(
        self, status: int, title: str, detail: str = "", errors: Sequence[Mapping[str, str]] = ()
    ) -> None:
        super().__init__(title)
        where = [dict(each) for each in errors]
        self.problem = Problem(title=title, status=status, detail=detail, errors=where)


def answer(problem: Problem, more: Mapping[str, str] | None = None) -> JSONResponse:
    """more: headers beside our own, such as `Allow`."""
    headers = {**(more or {}), **({"Retry-After": "1"} if problem.status == 503 else {})}
    body = problem.model_dump(exclude_defaults=True) | {"type": problem.type}
    return JSONResponse(body, problem.status, headers, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Makes every error of `app` a problem; unknown ones say nothing but that they happened."""

    @app.exception_handler(HttpProblem)
    async def known(request: Request, error: HttpProblem) -> JSONResponse:
        return answer(error.problem)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        return answer(Problem(title=str(error.detail), status=error.status_code), error.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        where = [
            {"field": ".".join(str(step) for step in each["loc"]), "problem": str(each["msg"])}
            for each in error.errors()
        ]
        return answer(Problem(title="The request is not valid", status=422, errors=where))

    @app.exception_handler(errors.SahutError)
    async def ours(request: Request, error: errors.SahutError) -> JSONResponse:
        status, title = next(
            ((status, title) for known, status, title in _TABLE if isinstance(error, known)),
            (500, "Something went wrong"),
        )
        log(Event.REQUEST_FAILED, error=type(error).__name__)
        return answer(Problem(title=title, status=status, detail="" if status >= 500 else str(error)))

    @app.exception_handler(Exception)
    async def unknown(request: Request, error: Exception) -> JSONResponse:
        log(Event.REQUEST_FAILED, error=type(error).__name__)
        return answer(Problem(title="Something went wrong", status=500))
