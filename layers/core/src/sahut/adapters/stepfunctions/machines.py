"""The state machines: answer_message is waited for, hand_over is started and left alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from sahut.adapters.aws_errors import as_sahut_error, code_of, translated
from sahut.contracts.tasks import ConversationTask
from sahut.domain.tenant import TurnRef
from sahut.ports.work import Run, RunStatus

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

_STATUS = {
    "SUCCEEDED": RunStatus.SUCCEEDED,
    "FAILED": RunStatus.FAILED,
    "TIMED_OUT": RunStatus.TIMED_OUT,
}


class ExpressAnswerMachine:
    """The client's read time-out must exceed the machine's, and its retries must be off.

    A retry of botocore's would start a second execution (FACTS §1).
    """

    def __init__(self, client: SFNClient, arn: str) -> None:
        self._client = client
        self._arn = arn

    def run(self, task: ConversationTask) -> Run:
        try:
            done = self._client.start_sync_execution(stateMachineArn=self._arn, input=task.model_dump_json())
        except HTTPClientError as error:
            return Run(RunStatus.LOST, type(error).__name__)
        except (ClientError, BotoCoreError) as error:
            raise as_sahut_error(error) from error
        return Run(_STATUS.get(done["status"], RunStatus.FAILED), done.get("error", ""))


class StandardHandOverMachine:
    """Executions are named like the ticket: starting one twice is starting it once."""

    def __init__(self, client: SFNClient, arn: str) -> None:
        self._client = client
        self._arn = arn

    def start(self, turn: TurnRef) -> None:
        ids = {
            "tenant_id": str(turn.conversation.tenant),
            "conversation_id": turn.conversation.conversation_id,
            "turn_id": turn.turn_id,
        }
        with translated():
            try:
                self._client.start_execution(
                    stateMachineArn=self._arn, name=turn.turn_id, input=json.dumps(ids)
                )
            except ClientError as error:
                if code_of(error) != "ExecutionAlreadyExists":
                    raise
