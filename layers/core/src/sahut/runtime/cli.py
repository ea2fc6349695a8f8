"""`sahut`: the command line for people who run an installation.

Reads the stack's outputs from CloudFormation, so that a stack name (and AWS_ENDPOINT_URL, for a
local cloud) is all it needs.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from sahut.adapters.dynamodb.wire import Value, float_of, text_of
from sahut.domain.errors import NotFound, SahutError
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
}

_Letter = Mapping[str, Value]


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


def _dlq_list(made: Composition, arguments: argparse.Namespace) -> int:
    letters = list(made.letters.all("" if arguments.all else "open"))
    if arguments.json:
        print(json.dumps(letters, indent=2))
        return 0
    if not letters:
        print("No open dead letters.")
    for letter in letters:
        when = datetime.fromtimestamp(float_of(letter, "at"), UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        names = (text_of(letter, name) for name in ("state", "kind", "tenant_id", "reason"))
        print(text_of(letter, "letter_id"), when, *names, sep="  ")
    return 0


def _dlq_show(made: Composition, arguments: argparse.Namespace) -> int:
    letter = made.letters.one(arguments.letter_id)
    print(json.dumps({**letter, "body": body_of(made, letter)}, indent=2, ensure_ascii=False))
    return 0


def body_of(made: Composition, letter: _Letter) -> str:
    """What arrived: in the entry, or in S3 where it was too large for one."""
    key = text_of(letter, "object_key")
    return made.documents.get(key).decode(errors="replace") if key else text_of(letter, "body")


def _dlq_redrive(made: Composition, arguments: argparse.Namespace) -> int:
    from sahut.runtime.compose import redrive as needs
    from sahut.stages.redrive import redrive

    chosen = list(made.letters.all("open")) if arguments.all else []
    chosen += [made.letters.one(letter_id) for letter_id in arguments.letter_ids]
    failed = 0
    for letter in chosen:
        letter_id = text_of(letter, "letter_id")
        kind, state = text_of(letter, "kind"), text_of(letter, "state")
        try:
            outcome = redrive(letter_id, kind, state, body_of(made, letter), needs(made))
        except (SahutError, ValueError) as error:
            failed += 1
            outcome = f"not redriven: {error}"
        print(letter_id, outcome, sep="  ")
    return 1 if failed else 0


def _dlq_close(made: Composition, arguments: argparse.Namespace) -> int:
    for letter_id in arguments.letter_ids:
        made.letters.one(letter_id)
        made.letters.close(letter_id, "closed", made.clock())
        print(letter_id, "closed", sep="  ")
    return 0


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
    dlq = commands.add_parser("dlq", help="dead letters: list, show, redrive, close").add_subparsers(
        required=True, metavar="ACTION"
    )
    listing = dlq.add_parser("list", help="open letters, or all of the last 14 days")
    listing.add_argument("--all", action="store_true")
    listing.add_argument("--json", action="store_true")
    listing.set_defaults(run=_dlq_list)
    show = dlq.add_parser("show", help="one letter with its body")
    show.add_argument("letter_id")
    show.set_defaults(run=_dlq_show)
    redrive = dlq.add_parser("redrive", help="give letters another chance")
    redrive.add_argument("letter_ids", nargs="*", metavar="LETTER_ID")
    redrive.add_argument("--all", action="store_true", help="all open ones")
    redrive.set_defaults(run=_dlq_redrive)
    close = dlq.add_parser("close", help="mark letters as dealt with")
    close.add_argument("letter_ids", nargs="+", metavar="LETTER_ID")
    close.set_defaults(run=_dlq_close)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if asked.run is _dlq_redrive and not (asked.all or asked.letter_ids):
        parser.error("name the letters to redrive, or say --all")
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
