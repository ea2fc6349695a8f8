"""`sahut`: the command line for people who run an installation.

Reads the stack's outputs from CloudFormation, so that a stack name (and AWS_ENDPOINT_URL, for a
local cloud) is all it needs.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from sahut.domain.errors import NotFound, SahutError
from sahut.runtime import cli_dlq, cli_eval, cli_kb, cli_models, cli_replay
from sahut.runtime.bootstrap import Composition
from sahut.runtime.settings import Settings, read_settings

# Stack outputs (template.yaml) and the settings they are.
_OUTPUTS = {
    "ConversationsTable": "conversations_table",
    "LogsTable": "logs_table",
    "RegistryTable": "registry_table",
    "OnceTable": "once_table",
    "MessagesQueueUrl": "messages_queue_url",
    "SettleQueueUrl": "settle_queue_url",
    "DocumentsBucket": "documents_bucket",
    "IndexesBucket": "indexes_bucket",
    "KnowledgeQueueUrl": "knowledge_queue_url",
    "SearchingFunction": "searching_function",
}

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def settings_of(stack_name: str) -> Settings:
    """The settings of a deployed stack.

    Raises:
        SystemExit: no such stack, or one without our outputs; the text says which.
    """
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        stacks = boto3.client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"]
    except (ClientError, BotoCoreError) as error:
        raise SystemExit(f"sahut: the stack {stack_name!r} could not be read: {error}") from None
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stacks[0].get("Outputs", [])}
    missing = sorted(set(_OUTPUTS) - set(outputs))
    if missing:
        raise SystemExit(f"sahut: {stack_name!r} is no Sahut stack, it lacks {', '.join(missing)}")
    environment = {setting.upper(): outputs[output] for output, setting in _OUTPUTS.items()}
    return read_settings(environment | {"SECRETS_PREFIX": f"/sahut/{stack_name}"})


def use_sandbox(file: Path) -> str:
    """Points this process at the local cloud that `make run` started; returns its stack's name.

    Raises:
        SystemExit: it is not running.
    """
    try:
        endpoints = json.loads(file.read_text())
    except FileNotFoundError:
        raise SystemExit(f"sahut: {file} does not exist; is `make run` running?") from None
    for name, value in {
        "AWS_ENDPOINT_URL": str(endpoints["aws_endpoint_url"]),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        os.environ[name] = value
    return str(endpoints["stack_name"])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sahut", description=__doc__)
    parser.add_argument(
        "--stack",
        default=os.environ.get("SAHUT_STACK", "sahut"),
        help="name of the CloudFormation stack (default: $SAHUT_STACK or sahut)",
    )
    parser.add_argument(
        "--sandbox",
        action="store_true",
        help="the stack that `make run` started in this folder, instead of one on AWS",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for commands_of in (cli_dlq, cli_kb, cli_eval, cli_models, cli_replay):
        commands_of.register(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if "run_alone" in asked:
        alone: int = asked.run_alone(asked)
        return alone
    stack = use_sandbox(Path(".sandbox/endpoints.json")) if asked.sandbox else asked.stack
    try:
        status: int = asked.run(Composition(settings_of(stack)), asked)
    except NotFound as error:
        print(f"sahut: there is no {error}", file=sys.stderr)
        return 1
    except SahutError as error:
        print(f"sahut: {error}", file=sys.stderr)
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main())
