"""Answers without a model: verbatim, cited, short, safe."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sahut.domain.answer import FoundPassage, Passage, Verdict
from sahut.domain.grounding import NO_ANSWER, UnsafeReason, judge
from sahut.domain.quoting import MAX_CHARACTERS, MAX_SENTENCES, quote
from sahut.domain.splitting import sentences, split_document
from sahut.stages.prompting import AnswerRequest
from sahut.stages.write_answer import extract

SHOP = """# Pengiriman

## Lama pengiriman
Lama pengiriman dihitung sejak paket diserahkan kepada kurir.

| Wilayah | Reguler |
|---|---|
| Jawa | 2 hari |
| Bali | 3 hari |
| Sumatra | 4 hari |
| Papua | 8 hari |

## Cara retur
1. Buka Akun.
2. Unggah foto.
3. Tunggu persetujuan.
4. Kirim barang.
"""
PASSAGES = split_document("pengiriman.md", SHOP)


def request(question: str, passages: tuple[Passage, ...] = PASSAGES) -> AnswerRequest:
    found = tuple(FoundPassage(p, 1.0 / n, 0.9, 1.0) for n, p in enumerate(passages, start=1))
    return AnswerRequest(question, "id", found, (), "Toko Melati", deadline=0.0)


def test_quotes_the_row_that_was_asked_for() -> None:
    answer = extract(request("halo kak\nbrp lama kirim ke Papua?"))
    assert "Wilayah: Papua; Reguler: 8 hari. [1]" in answer.text.splitlines()
    assert "Jawa" not in answer.text, "a row that was not asked for"
    assert [(c.number, c.document_id, c.title) for c in answer.citations] == [
        (1, "pengiriman.md", "Pengiriman > Lama pengiriman")
    ]
    assert (answer.model, answer.price_usd, answer.tokens_in) == ("extractive", 0.0, 0)


def test_a_step_brings_its_list_in_order() -> None:
    text = extract(request("bagaimana cara retur, unggah foto?", PASSAGES[1:])).text
    assert text == "1. Buka Akun. [1]\n2. Unggah foto. [1]\n3. Tunggu persetujuan. [1]\n4. Kirim barang. [1]"


def test_without_passages_there_is_no_answer() -> None:
    asked = request("apa saja", ())
    answer = extract(asked)
    assert (answer.text, answer.citations) == (NO_ANSWER, ())
    assert judge(answer, asked.passages).reason is UnsafeReason.NO_ANSWER


@pytest.mark.parametrize("question", ["Papua", "cara retur", "xyz", "", "Berapa lama ke Bali dan Papua?"])
def test_what_is_quoted_passes_the_verdict(question: str) -> None:
    asked = request(question)
    assert judge(extract(asked), asked.passages).verdict is Verdict.SAFE


# Long enough that one sentence is all that fits.
FILLING = "x" * 350


def test_what_holds_the_kind_of_answer_is_quoted() -> None:
    body = f"Garansi lama {FILLING} sekali. Garansi lama {FILLING} 3 bulan."
    found = (FoundPassage(Passage("a#1", "a", "T", body, language="id"), 1.0, 0.9, 1.0),)
    text, _ = quote("berapa lama garansi", found)
    assert "3 bulan" in text
    text, _ = quote("apakah garansi lama", found)
    assert "sekali" in text, "nothing in particular is asked for: the first one leads"


@pytest.mark.parametrize(("nearness", "cited"), [(0.89, "b"), (0.82, "a")])
def test_a_much_nearer_passage_is_quoted_before_one_that_shares_a_word_more(
    nearness: float, cited: str
) -> None:
    near = Passage("a#1", "a", "T", f"Barang pecah {FILLING} diganti baru.", language="id")
    other = Passage("b#1", "b", "T", f"Barang pecah retak {FILLING} dibuang saja.", language="id")
    found = (FoundPassage(near, 1.0, 0.9, 1.0), FoundPassage(other, 0.95, nearness, 2.0))
    _, citations = quote("barang pecah retak", found)
    assert [citation.document_id for citation in citations] == [cited]


def test_words_of_another_language_are_not_missed() -> None:
    """The nearest passage is English: that it shares no word with the question says nothing."""
    english, indonesian = "Silk may be ironed when damp.", "Kain dari Bali."
    nearest = FoundPassage(Passage("a#1", "a", "T", english, language="en"), 1.0, 0.9, 0.0)
    other = FoundPassage(Passage("b#1", "b", "T", indonesian, language="id"), 0.95, 0.89, 2.0)
    text, _ = quote("apakah kain sutra bisa disetrika", (nearest, other))
    assert text.startswith(english)


def test_long_sentences_are_not_piled_up() -> None:
    body = " ".join(f"Kalimat{n} papua {'kata ' * 70}selesai{n}." for n in range(4))
    text = extract(request("papua", (Passage("d#1", "d", "T", body),))).text
    assert 350 < len(text) < MAX_CHARACTERS


# Sentences of any length, in passages of any number.
BODIES = st.lists(
    st.lists(st.text(alphabet="abcde ", min_size=1, max_size=300), min_size=1, max_size=8), max_size=5
)


@given(st.text(max_size=80), BODIES)
def test_verbatim_short_cited_and_in_reading_order(question: str, bodies: list[list[str]]) -> None:
    passages = tuple(
        Passage(f"d#{n}", "d", "T", "\n".join(f"S{n}x{m} {text}." for m, text in enumerate(body)))
        for n, body in enumerate(bodies)
    )
    answer = extract(request(question, passages))
    if not passages:
        assert answer.text == NO_ANSWER
        return
    lines = answer.text.splitlines()
    bare = [line.rsplit(" [", 1)[0] for line in lines]
    everything = [sentence for passage in passages for sentence in sentences(passage.text)]
    assert [everything.index(sentence) for sentence in bare] == sorted(everything.index(s) for s in bare)
    assert 1 <= len(lines) <= MAX_SENTENCES
    assert len(lines) == 1 or sum(len(sentence) for sentence in bare) <= MAX_CHARACTERS
    assert {int(line.rsplit("[", 1)[1][:-1]) for line in lines} == {c.number for c in answer.citations}


def test_a_sentence_that_neighbouring_passages_share_is_quoted_once() -> None:
    shared = "The deposit is returned within 14 days."
    bodies = [f"You pay a deposit of 50 euros.\n{shared}", f"{shared}\nA deposit is paid in cash."]
    hits = [
        FoundPassage(Passage(f"d.md#{n}", "d.md", "Deposit", body, language="en"), 1.0 - n / 10, 0.9, 1.0)
        for n, body in enumerate(bodies)
    ]
    text, _ = quote("When is the deposit returned?", hits)
    assert text.count(shared) == 1
