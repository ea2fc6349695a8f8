"""What Sahut says itself: complete in both languages, and nothing is left unfilled."""

import pytest

from sahut.domain import notices
from sahut.domain.handover import HandoverReason
from sahut.domain.lane import Smalltalk
from sahut.domain.language import detect_language

NAME = "Toko {emergency} & Co"


@pytest.mark.parametrize("language", ["en", "id"])
def test_every_sentence_exists_in_its_language_and_is_filled(language: str) -> None:
    said = [notices.handover_notice(reason, language) for reason in HandoverReason]
    said += [notices.smalltalk_reply(kind, language, NAME) for kind in Smalltalk]
    said += [
        text(language, NAME) for text in (notices.disclosure, notices.person_joined, notices.person_left)
    ]
    other = "id" if language == "en" else "en"
    for sentence in said:
        assert detect_language(sentence, other) == language
        assert "{tenant}" not in sentence
        assert "{emergency}" not in sentence.replace(NAME, "")
        assert len(sentence) < 400


def test_reasons_are_told_apart_only_where_it_helps_the_customer() -> None:
    told = {reason: notices.handover_notice(reason, "en") for reason in HandoverReason}
    assert "may not have reached you" in told[HandoverReason.DELIVERY_UNCERTAIN]
    assert "voice" in told[HandoverReason.MEDIA_UNREADABLE]
    assert "112" in told[HandoverReason.AT_RISK]


def test_a_machine_says_so() -> None:
    assert "automated" in notices.disclosure("en", "Northwind Bank")
    assert "otomatis" in notices.disclosure("id", "Toko Melati")
    assert "machine" in notices.smalltalk_reply(Smalltalk.IDENTITY, "en", "x")


def test_english_where_a_language_is_not_spoken() -> None:
    assert notices.disclosure("fr", "x") == notices.disclosure("en", "x")
