"""The contracts between functions: strict, silent about values, readable tomorrow, and small."""

from __future__ import annotations

import json
import types
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import annotated_types
import pytest
from pydantic import BaseModel, ValidationError

from sahut.contracts import chat, jobs, tasks
from sahut.domain.turn import MAX_CLAIM

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "contracts"

CONTRACTS: tuple[type[BaseModel], ...] = tuple(
    each
    for module in (tasks, jobs)
    for each in vars(module).values()
    if isinstance(each, type) and issubclass(each, tasks.Contract) and each is not tasks.Contract
)

# Bytes. A state's input is at most 262,144; ours are ids and small decisions.
SMALL = 8 * 1024
# A text field without a bound of its own counts as an id or the name of a decision.
ASSUMED_CHARACTERS = 100
SECRET = "what the customer wrote"


def goldens() -> list[Path]:
    return sorted(GOLDEN.glob("*.json"))


@pytest.mark.parametrize("path", goldens(), ids=lambda path: path.stem)
def test_yesterdays_contract_is_understood(path: Path) -> None:
    """Queues and running executions hold what the last version wrote. Never edit these files."""
    contract = next(each for each in CONTRACTS if each.__name__ == path.name.split(".")[0])
    written = json.loads(path.read_text())
    read = contract.model_validate_json(path.read_text()).model_dump(mode="json")
    assert written.items() <= read.items()
    assert contract.model_validate(written) == contract.model_validate_json(path.read_text())


def test_every_contract_has_a_golden_file() -> None:
    assert {path.name.split(".")[0] for path in goldens()} == {each.__name__ for each in CONTRACTS}


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda each: each.__name__)
def test_unknown_fields_are_refused_and_values_never_quoted(contract: type[BaseModel]) -> None:
    golden = json.loads(next(GOLDEN.glob(f"{contract.__name__}.v1.json")).read_text())
    for bad in ({**golden, "text": SECRET}, {name: [SECRET] for name in golden}, {"unknown": SECRET}):
        with pytest.raises(ValidationError) as raised:
            contract.model_validate(bad)
        assert SECRET not in str(raised.value)


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda each: each.__name__)
def test_the_largest_instance_is_small(contract: type[BaseModel]) -> None:
    largest = {
        name: _largest(field.annotation, field.metadata) for name, field in contract.model_fields.items()
    }
    assert len(json.dumps(largest, ensure_ascii=False).encode()) < SMALL


def _largest(annotation: Any, metadata: list[Any]) -> Any:
    """A value as long as the field takes."""
    if get_origin(annotation) in (Union, types.UnionType):
        return max((_largest(each, metadata) for each in get_args(annotation)), key=lambda v: len(str(v)))
    if get_origin(annotation) is Literal:
        return max(get_args(annotation), key=lambda value: len(str(value)))
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return max(annotation, key=len).value
    if annotation is str:
        bounds = [each.max_length for each in metadata if isinstance(each, annotated_types.MaxLen)]
        return "\U0001f600" * min(bounds or [ASSUMED_CHARACTERS])
    if get_origin(annotation) is list:
        [inner] = get_args(annotation)
        [longest] = [each.max_length for each in metadata if isinstance(each, annotated_types.MaxLen)]
        bare, *more = get_args(inner) or (inner,)
        return [_largest(bare, [bound for each in more for bound in each.metadata])] * longest
    assert annotation in (int, float, bool), annotation
    return -1.7976931348623157e308


def test_every_text_of_a_contract_is_bounded() -> None:
    unbounded = [
        f"{contract.__name__}.{name}"
        for contract in CONTRACTS
        for name, field in contract.model_fields.items()
        if field.annotation is str and not any(isinstance(e, annotated_types.MaxLen) for e in field.metadata)
    ]
    assert unbounded == []


# Names under which words, addresses or secrets would travel.
_TALKATIVE = {
    "text",
    "question",
    "answer",
    "body",
    "phone",
    "name",
    "contact",
    "language_text",
    "history",
    "key",
}


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda each: each.__name__)
def test_no_field_could_hold_what_somebody_wrote(contract: type[BaseModel]) -> None:
    assert not _TALKATIVE & set(contract.model_fields)
    for name, field in contract.model_fields.items():
        if field.annotation != list[tasks.CallId]:  # whose form leaves no room for words
            assert get_origin(field.annotation) not in (list, dict, tuple), name


@pytest.mark.parametrize(
    ("contract", "field", "value"),
    [
        (tasks.ConversationTask, "epoch", 0),
        (tasks.ConversationTask, "tenant_id", ""),
        (tasks.ConversationTask, "conversation_id", "x" * 81),
        (tasks.ConversationTask, "message_id", "x" * 1000),
        (tasks.TurnTask, "turn_id", ""),
        (tasks.DeliverTask, "part", "greeting"),
        (tasks.HandOverTask, "reason", "x" * 1000),
        (tasks.GatherResult, "outcome", "maybe"),
        (jobs.DispatchJob, "line", 0),
        (jobs.DispatchJob, "attempt", 0),
        (jobs.DispatchJob, "v", 2),
        (jobs.SettleJob, "cause", "boredom"),
    ],
)
def test_values_out_of_bounds_are_refused(contract: type[BaseModel], field: str, value: object) -> None:
    golden = json.loads((GOLDEN / f"{contract.__name__}.v1.json").read_text())
    with pytest.raises(ValidationError):
        contract.model_validate({**golden, field: value})


def test_a_task_knows_its_ids() -> None:
    task = tasks.TurnTask.model_validate_json((GOLDEN / "TurnTask.v1.json").read_text())
    assert (str(task.turn.conversation.tenant), task.turn.turn_id) == (task.tenant_id, task.correlation_id)
    first = tasks.ConversationTask.model_validate_json((GOLDEN / "ConversationTask.v1.json").read_text())
    assert first.correlation_id == first.message_id
    notice = tasks.DeliverTask.model_validate_json((GOLDEN / "DeliverTask.v1.notice.json").read_text())
    assert (notice.part, notice.deadline) == ("notice", tasks.NO_DEADLINE)


def test_a_tenant_that_can_not_exist_is_refused_before_it_becomes_a_key() -> None:
    golden = json.loads((GOLDEN / "DispatchJob.v1.json").read_text())
    with pytest.raises(ValueError, match="tenant id"):
        _ = jobs.DispatchJob.model_validate({**golden, "tenant_id": "shop#C#x"}).conversation


def test_a_claim_fits_one_transaction() -> None:
    """Its messages, the conversation and the turn: at most 100 items."""
    assert MAX_CLAIM + 2 <= 100


@pytest.mark.parametrize("text", ["", " \n\t ", "x" * 4097])
def test_texts_of_the_api_are_bounded(text: str) -> None:
    with pytest.raises(ValidationError) as raised:
        chat.NewMessage(client_message_id="1", text=text)
    assert "xxx" not in str(raised.value)


def test_texts_of_the_api_are_trimmed() -> None:
    assert chat.NewMessage(client_message_id="a:B_1.-", text="  halo \n").text == "halo"
    for bad in ("", "a b", "é", "a\n", "x" * 101, "a/b", "a#b"):
        with pytest.raises(ValidationError):
            chat.NewMessage(client_message_id=bad, text="halo")
