"""How long we wait for more: nothing after a finished question, a moment after a fragment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sahut.domain.burst import MAX_WAIT_S, Completeness, completeness, wait_s

FRAGMENT, UNSURE, FINISHED = Completeness.FRAGMENT, Completeness.UNSURE, Completeness.FINISHED

TEXTS = st.lists(
    st.one_of(
        st.text(max_size=40),
        st.sampled_from(
            ["hi", "my order", "is late?", "kapan sampai", "makasih kak", "dan", "?", "", "ok..."]
        ),
    ),
    max_size=5,
)
SECONDS = st.floats(-1, 10)


@given(TEXTS, SECONDS, st.booleans(), SECONDS)
def test_the_wait_is_bounded(texts: list[str], since: float, typing: bool, waited: float) -> None:
    more = wait_s(texts, since, typing, waited)
    assert 0 <= more <= MAX_WAIT_S
    assert more == 0 or max(waited, 0) + more <= MAX_WAIT_S + 1e-9


@given(TEXTS, SECONDS, SECONDS, st.booleans(), SECONDS)
def test_the_longer_it_is_silent_the_less_we_wait(
    texts: list[str], since: float, later: float, typing: bool, waited: float
) -> None:
    early, late = sorted((since, later))
    assert wait_s(texts, late, typing, waited) <= wait_s(texts, early, typing, waited)


@given(TEXTS, SECONDS, st.booleans(), SECONDS, SECONDS)
def test_the_longer_we_waited_the_less_we_wait(
    texts: list[str], since: float, typing: bool, waited: float, longer: float
) -> None:
    less, more = sorted((waited, longer))
    assert wait_s(texts, since, typing, more) <= wait_s(texts, since, typing, less)


@given(TEXTS, SECONDS, SECONDS)
def test_who_types_is_waited_for_at_least_as_long(texts: list[str], since: float, waited: float) -> None:
    assert wait_s(texts, since, True, waited) >= wait_s(texts, since, False, waited)


@given(
    TEXTS,
    SECONDS,
    SECONDS,
    st.sampled_from(["Is it late?", "Kapan pesanan saya sampai?", "Berapa ongkirnya？"]),
)
def test_a_finished_question_is_answered_at_once(
    before: list[str], since: float, waited: float, question: str
) -> None:
    assert wait_s([*before, question], since, False, waited) == 0
    assert wait_s([*before, question, "makasih ya kak 🙏"], since, False, waited) == 0


@given(TEXTS)
def test_repeated_looks_end_in_time(texts: list[str]) -> None:
    """As gathering does it: wait, look again; nothing came."""
    waited, looks = 0.0, 0
    while more := wait_s(texts, waited, False, waited):
        waited, looks = waited + more, looks + 1
    assert waited <= MAX_WAIT_S + 1e-9
    assert looks <= 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # finished: a question mark, with whatever people put behind it
        ("is late?", FINISHED),
        ("Is it late?? 🙏", FINISHED),
        ("Bisa COD? makasih kak", FINISHED),
        ('"ready stock?"', FINISHED),
        ("?", FINISHED),
        # finished: a question without its mark
        ("where is my order", FINISHED),
        ("hi can i pay with a credit card", FINISHED),
        ("pesanan saya sampai mana", FINISHED),
        ("halo kak kapan dikirim", FINISHED),
        ("ongkir ke bandung berapa", FINISHED),
        ("bisa retur gak", FINISHED),
        # finished: a whole sentence
        ("My parcel came today but two of the cups are broken", FINISHED),
        ("Saya mau menukar ukuran kemeja.", FINISHED),
        # unsure
        ("i lost my card yesterday", UNSURE),
        ("INV-20391", UNSURE),
        ("harga berapa", UNSURE),
        ("saya mau tanya soal pengiriman", UNSURE),
        # fragments
        ("hi", FRAGMENT),
        ("Halo kak!", FRAGMENT),
        ("selamat pagi kak admin", FRAGMENT),
        ("my order", FRAGMENT),
        ("saya mau tanya", FRAGMENT),
        ("pesanan saya,", FRAGMENT),
        ("I ordered two shirts last week and", FRAGMENT),
        ("saya sudah transfer tadi pagi tapi", FRAGMENT),
        ("what is the", FRAGMENT),
        ("so I was wondering...", FRAGMENT),
        ("jadi begini kak ceritanya panjang…", FRAGMENT),
        ("can you tell me:", FRAGMENT),
        ("", FRAGMENT),
        ("🙏🙏", FRAGMENT),
    ],
)
def test_how_finished_a_text_is(text: str, expected: Completeness) -> None:
    assert completeness([text]) is expected


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], FRAGMENT),
        (["hi", "my order", "is late?"], FINISHED),
        (["hi", "my order"], FRAGMENT),
        (["Kapan sampai?", "halo"], FINISHED),
        (["Kapan sampai?", "soalnya"], FRAGMENT),
        (["Is it ready?", ""], FRAGMENT),
        (["thanks", "kak"], FRAGMENT),
    ],
)
def test_how_finished_a_burst_is(texts: list[str], expected: Completeness) -> None:
    assert completeness(texts) is expected


def test_the_time_is_counted_from_the_newest_message() -> None:
    assert wait_s(["hi"], 0.0, False, 0.0) == MAX_WAIT_S
    assert wait_s(["hi"], 1.0, False, 0.0) == MAX_WAIT_S - 1.0
    assert wait_s(["hi"], 60.0, False, 0.0) == 0
    assert wait_s(["is it late?"], 0.0, True, 2.0) == MAX_WAIT_S - 2.0


def test_a_very_long_text_takes_no_time() -> None:
    assert completeness(["🙏" * 65_536]) is FRAGMENT
    assert completeness(["a" * 65_536 + "?"]) is FINISHED
