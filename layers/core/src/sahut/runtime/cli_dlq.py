"""`sahut dlq`: dead letters for people: list, show, redrive, close."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sahut.adapters.dynamodb.wire import Value, float_of, text_of
from sahut.domain.errors import SahutError

if TYPE_CHECKING:
    from sahut.runtime.bootstrap import Composition
    from sahut.runtime.cli import Commands

_Letter = Mapping[str, Value]


def register(commands: Commands) -> None:
    """Adds the command with its actions."""
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

    if not (arguments.all or arguments.letter_ids):
        raise SystemExit("sahut: name the letters to redrive, or say --all")
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
