"""FastAPI, without building in every cold start what describes an API in its documentation.

It does so by forty pydantic models, whose building takes 90 ms (a bare function starts in 190). They
are built when they are used: at the first request for `/openapi.json`, and in ingress never. Import
FastAPI from here in a function's modules; what was imported before stays as it was.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import BaseModel, ConfigDict


@contextmanager
def _built_at_first_use() -> Iterator[None]:
    """Every model inherits BaseModel's own configuration: what is defined meanwhile is not built yet."""
    usual = BaseModel.model_config
    BaseModel.model_config = ConfigDict(**usual, defer_build=True)
    try:
        yield
    finally:
        BaseModel.model_config = usual


with _built_at_first_use():
    from fastapi import APIRouter, Body, Depends, FastAPI, Header, Path, Query, Request, Response
    from fastapi.exceptions import RequestValidationError

__all__ = [
    "APIRouter",
    "Body",
    "Depends",
    "FastAPI",
    "Header",
    "Path",
    "Query",
    "Request",
    "RequestValidationError",
    "Response",
]
