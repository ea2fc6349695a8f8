"""The state machine reindex_knowledge: started by its build's name, and looked at by it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from sahut.adapters.aws_errors import code_of, translated
from sahut.domain.knowledge import KnowledgeRef

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


class StandardReindexMachine:
    """See `ports.knowledge.ReindexMachine`."""

    def __init__(self, client: SFNClient, arn: str) -> None:
        self._client = client
        self._arn = arn

    def start(self, ref: KnowledgeRef, build_id: str, refresh: bool) -> None:
        asked = {
            "tenant_id": str(ref.tenant),
            "knowledge_base": ref.name,
            "build_id": build_id,
            "refresh": refresh,
        }
        with translated():
            try:
                self._client.start_execution(
                    stateMachineArn=self._arn, name=build_id, input=json.dumps(asked)
                )
            except ClientError as error:
                if code_of(error) != "ExecutionAlreadyExists":
                    raise

    def is_running(self, build_id: str) -> bool | None:
        arn = f"{self._arn.replace(':stateMachine:', ':execution:')}:{build_id}"
        with translated():
            try:
                return self._client.describe_execution(executionArn=arn)["status"] == "RUNNING"
            except ClientError as error:
                if code_of(error) == "ExecutionDoesNotExist":
                    return None
                raise
