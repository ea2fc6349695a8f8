"""What counts as a yes, and what as a no, to a question that changes something."""

from __future__ import annotations

import pytest

from sahut.domain.confirming import Said, declined, done, question, said

YES = "yes|Ya|iya kak|Betul.|ok|oke|ya\nbetul|silakan|go ahead|yes please|ya boleh|lanjut aja"
NO = "no|Tidak|gak usah|jangan ya|ga|nggak jadi|no thanks|tidak, terima kasih"
ELSE = (
    "What does a card cost?|yes?|yes, but which order is it?|cancel|batal|batalkan saja|ya tapi besok"
    "|oke ga usah|yes no|4711|kak|boleh tidak|maybe|not sure||ya, dan batalkan 4712 juga"
)


@pytest.mark.parametrize("text", YES.split("|"))
def test_a_clear_yes(text: str) -> None:
    assert said(text) is Said.YES


@pytest.mark.parametrize("text", NO.split("|"))
def test_a_clear_no(text: str) -> None:
    assert said(text) is Said.NO


@pytest.mark.parametrize("text", ELSE.split("|"))
def test_whatever_is_not_clear_does_nothing(text: str) -> None:
    assert said(text) is Said.SOMETHING_ELSE


def test_the_question_names_exactly_what_will_be_done() -> None:
    arguments = {"order_id": "4711", "why": "[1] too\nlate"}
    assert question("Cancel order", arguments, "en") == (
        "Shall I do this: Cancel order (order id 4711, why (1) too late)? Reply yes or no."
    )
    assert question("Batalkan", {}, "id") == "Boleh saya lakukan ini: Batalkan? Balas ya atau tidak."
    assert done("Cancel order", {"order_id": "4711"}, "en") == "Done: Cancel order (order id 4711). [1]"
    assert "tidak saya lakukan" in declined("id")


def test_a_long_value_is_cut_and_seen_to_be() -> None:
    assert "…" in question("T", {"x": "y" * 200}, "en")
