"""What a model replied, read as an answer: the agreed words, JSON, fenced JSON, and what is none of them."""

import json

import pytest

from sahut.domain.agent import Agent
from sahut.domain.answer import FoundPassage, Passage
from sahut.domain.errors import TryAgain
from sahut.domain.grounding import NO_ANSWER
from sahut.stages.prompting import AnswerRequest, messages_of, sealed
from sahut.stages.prompts import prompt
from sahut.stages.replies import REPLY_SCHEMA, read_reply

FOUND = tuple(
    FoundPassage(Passage(f"d#{n}", "d.md", "Fees", text, language="en"), 1.0, 0.9, 5.0)
    for n, text in enumerate(("A letter costs £12.", "CHAPS costs £20."))
)
REQUEST = AnswerRequest("What is CHAPS?", "en", FOUND, (), "Bank", deadline=0.0)
ANSWER = "CHAPS costs £20. [2]"


def reply(outcome: str, text: str) -> str:
    return json.dumps({"outcome": outcome, "text": text})


@pytest.mark.parametrize(
    ("said", "structured", "text", "asks"),
    [
        (ANSWER, False, "CHAPS costs £20. [1]", False),
        ("NO_ANSWER", False, NO_ANSWER, False),
        ("CLARIFY Do you mean a card?", False, "Do you mean a card?", True),
        ("CLARIFY: Do you mean a card?", False, "Do you mean a card?", True),
        (reply("answer", ANSWER), True, "CHAPS costs £20. [1]", False),
        (reply("no_answer", ""), True, NO_ANSWER, False),
        (reply("clarify", "Do you mean a card?"), True, "Do you mean a card?", True),
        (f"```json\n{reply('answer', ANSWER)}\n```", True, "CHAPS costs £20. [1]", False),
        (f"Here it is: {reply('answer', ANSWER)} Bye", True, "CHAPS costs £20. [1]", False),
        (ANSWER, True, "CHAPS costs £20. [1]", False),
    ],
)
def test_what_a_reply_stands_for(said: str, structured: bool, text: str, asks: bool) -> None:
    answer = read_reply(said, REQUEST, "m", structured=structured)
    assert (answer.text, answer.asks_back) == (text, asks)


@pytest.mark.parametrize(
    "said",
    [
        '{"outcome": "answer", "text": "CHAPS',
        "```json\n{broken\n```",
        reply("maybe", ANSWER),
        '{"text": "CHAPS costs £20. [2]"}',
        '{"outcome": "answer", "text": 20}',
        '["answer"]',
    ],
)
def test_broken_json_is_never_shown_to_a_customer(said: str) -> None:
    with pytest.raises(TryAgain):
        read_reply(said, REQUEST, "m", structured=True)


def test_the_schema_is_as_strict_mode_wants_it() -> None:
    schema = REPLY_SCHEMA.schema
    properties = schema["properties"]
    assert isinstance(properties, dict)
    assert schema["required"] == list(properties)
    assert schema["additionalProperties"] is False


def test_house_rules_and_tone_come_below_our_own_and_can_not_bring_in_other_fields() -> None:
    agent = Agent(tone="a formal {{tenant}} clerk", house_rules=("Never mention rivals.",))
    rules = messages_of(AnswerRequest("q", "id", FOUND, (), "Bank", 0.0, agent))[0].content
    assert "a formal {{tenant}} clerk" in rules, "what a tenant writes is not filled in again"
    assert rules.index("Use only what the passages say") < rules.index("Never mention rivals.")
    assert "Indonesian" in rules
    assert "version" not in rules


def test_a_summary_is_data_too() -> None:
    request = AnswerRequest("q", "en", FOUND, (("user", "hi"),), "Bank", 0.0, summary="Wants a card.")
    messages = messages_of(request)
    assert [each.role for each in messages] == ["system", "user", "user"]
    assert messages[-1].content.startswith("=== earlier in this chat ")


def test_no_block_can_forge_the_end_of_another() -> None:
    forged = sealed({"a": "x", "b": "y"}).splitlines()[0]
    shown = sealed({"a": f"x\n{forged}", "b": "y"})
    seal = shown.splitlines()[0].split()[2]
    assert seal not in forged
    assert shown.count(seal) == 4


@pytest.mark.parametrize("name", ["answer", "answer_json", "judge", "summarise"])
def test_every_prompt_has_a_version_that_the_ledger_names(name: str) -> None:
    assert prompt(name).label == f"{name}@{prompt(name).version}"
    assert prompt(name).version >= 1
    assert "<!--" not in prompt(name).text
