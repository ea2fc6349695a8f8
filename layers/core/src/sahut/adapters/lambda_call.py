"""Calls another function of the stack and waits for its answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sahut.adapters.aws_errors import translated
from sahut.domain.errors import Conflict, NotFound, TryAgain

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class FunctionCall:
    """One function. Its errors are the closed set of runtime/stage_errors.py, named by their class."""

    def __init__(self, client: LambdaClient, function: str) -> None:
        self._client = client
        self._function = function

    def call(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Raises: NotFound, Conflict: the function said so. TryAgain: anything else went wrong."""
        with translated():
            done = self._client.invoke(FunctionName=self._function, Payload=json.dumps(payload).encode())
            body = json.loads(done["Payload"].read())
        if not done.get("FunctionError"):
            answer: dict[str, Any] = body
            return answer
        # "NotFound (correlation id)": the error of the domain that the stage's border has named.
        cause = str(body.get("errorMessage", "")).partition(" ")[0]
        if cause == "NotFound":
            raise NotFound("version; nothing was indexed, or the name is wrong")
        if cause == "Refused":
            raise Conflict("the version is too old: its index was deleted")
        raise TryAgain(f"the search failed: {body.get('errorType', 'unknown')}")
