"""Who writes the answer: a model where the tenant has one, the documents themselves where it fails."""

from sandbox.model_api import Asked, Say, Step, model_api
from sandbox.stack import Stack
from tests.e2e.questions import PAPUA
from tests.e2e.webchat import Visitor, open_shop

WRITTEN = "Pengiriman reguler ke Papua memerlukan 8–14 hari kerja."


def asked(stack: Stack, text: str, trouble: Step | None = None) -> Visitor:
    """A visitor of a shop whose model says this, and the number of the passage that it is about."""

    def say(asked: Asked) -> Say:
        return Say(f"{text} [{numbered(asked.last)}]", tokens_in=1000, tokens_out=50)

    with model_api(say, trouble) as api:
        visitor = open_shop(stack, [api.candidate("stub")], api.secrets).visitor()
        visitor.writes(PAPUA.words)
        visitor.rests()
        assert api.refused == []
        roles = [[message.role for message in each.messages] for each in api.of("stub")]
        assert roles
        assert all((each[0], each[-1]) == ("system", "user") for each in roles)
        return visitor


def numbered(prompt: str) -> int:
    """The number of the passage that says it."""
    before = prompt[: prompt.index("8–14 hari kerja")]
    return int(before[before.rindex("\n[") + 2 :].partition("]")[0])


def test_a_model_writes_and_its_answer_is_cited_and_counted(stack: Stack) -> None:
    visitor = asked(stack, WRITTEN)
    (reply,) = [each for each in visitor.read if each["from"] == "machine"]
    assert f"{WRITTEN} [1]" in str(reply["text"])
    citations = reply["citations"]
    assert isinstance(citations, list)
    (citation,) = citations
    assert (citation["number"], citation["title"]) == (1, "Pengiriman > Lama pengiriman")
    ledger = visitor.records.ledger(visitor.turns[0].ref)
    assert (ledger["model"], ledger["models_failed"], ledger["verdict"]) == ("stub", "", "safe")
    assert (ledger["tokens_in"], ledger["tokens_out"], ledger["price_usd"]) == (1000, 50, 0.0011)


def test_a_model_that_is_down_is_stood_in_for_by_the_documents(stack: Stack) -> None:
    visitor = asked(stack, WRITTEN, Step(status=503))
    (reply,) = [each for each in visitor.read if each["from"] == "machine"]
    assert PAPUA.answer in str(reply["text"])
    ledger = visitor.records.ledger(visitor.turns[0].ref)
    assert (ledger["model"], ledger["models_failed"]) == ("extractive", "stub")


def test_what_a_model_invents_is_not_sent(stack: Stack) -> None:
    visitor = asked(stack, "Pengiriman ke Papua memerlukan 45 hari kerja.")
    assert [each["from"] for each in visitor.read] == ["customer", "notice"]
    assert "Saya kurang yakin dengan jawaban saya" in str(visitor.read[-1]["text"])
    (turn,) = visitor.turns
    assert (turn.state.value, turn.reason) == ("handed_over", "unsafe_answer")
