"""The whole local verdict: what is true and cited must also answer the question."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sahut.domain.answer import Answer, Citation, FoundPassage, Passage, Verdict
from sahut.domain.answerability import Gap, answerability_of
from sahut.domain.confidence import agreement, confidence_of
from sahut.domain.grounding import Judgement, UnsafeReason, cited_claims
from sahut.domain.verdict import verdict_on

LAKE = Passage(
    passage_id="lake#1",
    document_id="lake.md",
    title="Lake Imbasa",
    text=(
        "Lake Imbasa is 314 metres deep. Around 30,000 people live on its shores. It was first measured by "
        "Peter Hanno in 1902. The ferry costs €4."
    ),
    language="en",
)
RIVER = Passage("river#1", "river.md", "The Maun", "The Maun is a river of 80 kilometres.", language="en")
FOUND = (FoundPassage(LAKE, 1.0, 0.88, 9.0), FoundPassage(RIVER, 0.4, 0.80, 2.0))
CITED = (Citation(1, "lake#1", "lake.md", "Lake Imbasa"),)
DEPTH = "Lake Imbasa is 314 metres deep. [1]"
PEOPLE = "Around 30,000 people live on its shores. [1]"
MEASURED = "It was first measured by Peter Hanno in 1902. [1]"


def verdict(question: str, text: str, evidence: float = 0.6, threshold: float = 0.0) -> Judgement:
    return verdict_on(Answer(text, CITED, "test"), FOUND, question, evidence, threshold=threshold)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How deep is Lake Imbasa?", DEPTH),
        ("How many people live on the shores of Lake Imbasa?", PEOPLE),
        ("Who measured the lake?", MEASURED),
        ("When was the lake measured?", MEASURED),
        ("What does the ferry cost?", "The ferry costs €4. [1]"),
        ("Does the ferry cost anything?", "Yes, €4 [1]."),
        ("Berapa dalamnya Danau Imbasa?", DEPTH),
    ],
)
def test_answers_pass(question: str, text: str) -> None:
    judgement = verdict(question, text)
    assert judgement.verdict is Verdict.SAFE
    assert judgement.confidence >= judgement.threshold > 0.0


@pytest.mark.parametrize(
    ("question", "text", "gap"),
    [
        ("How many villages are on the shores of Lake Imbasa?", PEOPLE, Gap.QUANTITY),
        ("How many fishermen live at the lake?", DEPTH, Gap.ASKED_WORD),
        ("Who painted Lake Imbasa?", DEPTH, Gap.KIND),
        ("How much does the museum cost?", DEPTH, Gap.KIND),
        ("Is there a golf course at Lake Imbasa?", DEPTH, Gap.ASKED_WORD),
        ("Which crocodiles hunt there?", MEASURED, Gap.ASKED_WORD),
    ],
)
def test_what_is_true_but_beside_the_point_does_not(question: str, text: str, gap: Gap) -> None:
    judgement = verdict(question, text)
    assert (judgement.verdict, judgement.reason) == (Verdict.UNSAFE, UnsafeReason.LOW_CONFIDENCE)
    assert judgement.gap == gap.value
    assert judgement.answerability < 0.5


def test_what_stands_elsewhere_in_the_passage_does_not_count() -> None:
    question = "Who measured Lake Imbasa?"
    assert verdict(question, MEASURED).answerability > verdict(question, DEPTH).answerability + 0.3


def test_a_model_s_own_words_are_read_with_the_sentence_that_they_lean_on() -> None:
    claims = cited_claims(Answer("It is 314 m at most [1].", CITED, "test"), FOUND)
    assert answerability_of("How deep is Lake Imbasa?", claims, [LAKE]).gap is Gap.NONE


def test_a_number_of_another_row_is_refused_however_sure_the_evidence() -> None:
    rows = "Zone: Bali; Fee: Rp24.000.\nZone: Papua; Fee: Rp85.000."
    found = (FoundPassage(Passage("f#1", "f.md", "Fees", rows, language="en"), 1.0, 0.9, 9.0),)
    cited = (Citation(1, "f#1", "f.md", "Fees"),)
    wrong = verdict_on(Answer("The fee is Rp24.000 [1].", cited, "test"), found, "fee for Papua?", 0.99)
    assert (wrong.reason, wrong.gap) == (UnsafeReason.ANOTHER_ROW, "another_row")
    right = verdict_on(Answer("The fee is Rp85.000 [1].", cited, "test"), found, "fee for Papua?", 0.99)
    assert right.verdict is Verdict.SAFE


def test_what_grounding_refuses_stays_refused() -> None:
    judgement = verdict("How deep is it?", "It is 400 metres deep. [1]", 0.99)
    assert judgement.reason is UnsafeReason.NUMBER_NOT_IN_EVIDENCE
    assert judgement.confidence == 0.0


def test_the_agent_s_own_threshold() -> None:
    assert (
        verdict("How deep is Lake Imbasa?", DEPTH, 0.6, threshold=0.95).reason is UnsafeReason.LOW_CONFIDENCE
    )
    assert verdict("How many villages are there?", PEOPLE, 0.6, threshold=0.01).verdict is Verdict.SAFE


def test_confidence_rises_with_each_of_its_parts() -> None:
    good = answerability_of("How deep is it?", cited_claims(Answer(DEPTH, CITED, "test"), FOUND), [LAKE])
    poor = answerability_of("Who swam there?", cited_claims(Answer(DEPTH, CITED, "test"), FOUND), [LAKE])
    assert confidence_of(0.7, 1.0, good, FOUND) > confidence_of(0.4, 1.0, good, FOUND)
    assert confidence_of(0.7, 1.0, good, FOUND) > confidence_of(0.7, 0.5, good, FOUND)
    assert confidence_of(0.7, 1.0, good, FOUND) > confidence_of(0.7, 1.0, poor, FOUND)
    apart = (FoundPassage(LAKE, 1.0, 0.88, 1.0), FoundPassage(RIVER, 0.9, 0.80, 9.0))
    assert (agreement(FOUND), agreement(apart)) == (1.0, 0.0)
    assert confidence_of(0.7, 1.0, good, FOUND) > confidence_of(0.7, 1.0, good, apart)


def test_without_vectors_nobody_disagrees() -> None:
    assert agreement([FoundPassage(LAKE, 1.0, 0.0, 1.0), FoundPassage(RIVER, 0.9, 0.0, 9.0)]) == 1.0


def test_vectors_may_support_what_words_do_not() -> None:
    answer = Answer("Nobody has seen bottom closer than three football fields. [1]", CITED, "test")
    question = "How deep is Lake Imbasa?"
    assert verdict_on(answer, FOUND, question, 0.9).reason is UnsafeReason.UNSUPPORTED
    backed = verdict_on(
        answer, FOUND, question, 0.9, similar=lambda claim, sentence: 0.9 * ("deep" in sentence)
    )
    assert (backed.reason, backed.support) == (None, 0.9)


@given(st.text(max_size=200), st.text(max_size=200), st.floats(0.0, 1.0))
def test_any_text_gets_a_confidence(question: str, text: str, evidence: float) -> None:
    judgement = verdict(question, f"{text} 314 metres deep [1].", evidence)
    assert 0.0 <= judgement.confidence <= 1.0
    assert (judgement.verdict is Verdict.SAFE) == (judgement.reason is None)


def test_long_texts_take_bounded_time() -> None:
    row = "Zone: {0}; Fee: Rp{0}.000; Days: {0} to 99."
    text = "\n".join(row.format(n) for n in range(20_000))
    passages = [Passage(f"f#{n}", "f.md", "Fees", text) for n in range(8)]
    found = [FoundPassage(passage, 1.0, 0.9, 9.0) for passage in passages]
    said = "\n".join(f"{row.format(n)} [1]" for n in range(2_000))
    claims = cited_claims(Answer(said, (Citation(1, "f#0", "f.md", "Fees"),), "test"), found)
    started = time.process_time()
    answerability_of("how many days to zone " * 5_000, claims, passages)
    assert time.process_time() - started < 3.0
