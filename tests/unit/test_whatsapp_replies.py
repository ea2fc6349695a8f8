"""What an answer of the Graph API means, for any answer there can be."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sahut.adapters.channels.graph_http import HttpReply
from sahut.adapters.channels.graph_replies import sent_id
from sahut.domain.errors import ChannelRefused, TryAgain, Uncertain

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters(), max_size=9)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["error", "code", "message", "messages", "id"]), inner, max_size=4),
    ),
    max_leaves=12,
)
BODIES = st.one_of(st.binary(max_size=50), JSON.map(lambda value: json.dumps(value).encode()))


def _meaning(reply: HttpReply) -> str:
    try:
        return f"sent {sent_id(reply)}"
    except ChannelRefused as error:
        return f"refused {error.code}"
    except TryAgain as error:
        return f"again after {error.after_s:g}"
    except Uncertain:
        return "uncertain"


@given(st.integers(100, 999), st.dictionaries(st.just("retry-after"), st.text(max_size=5)), BODIES)
def test_any_answer_has_one_of_four_meanings(status: int, headers: dict[str, str], body: bytes) -> None:
    meaning = _meaning(HttpReply(status, headers, body)).split()[0]
    assert meaning in ("sent", "refused", "again", "uncertain")
    assert meaning != "sent" or 200 <= status < 300
    assert not (status >= 500 and meaning == "again")


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (200, '{"messages":[{"id":"wamid.1","message_status":"accepted"}]}', "sent wamid.1"),
        # coded: certain, whatever the status
        (400, '{"error":{"code":131047,"message":"(#131047) Re-engagement message"}}', "refused 131047"),
        (429, '{"error":{"code":130429}}', "refused 130429"),
        (500, '{"error":{"code":131000}}', "refused 131000"),
        (503, '{"error":{"code":"2"}}', "refused 2"),
        (200, '{"error":{"code":131026}}', "refused 131026"),
        (401, '{"error":{"code":0}}', "refused 0"),
        # not coded, yet certain
        (429, "slow down", "again after 0"),
        (400, "<html>bad gateway config</html>", "refused 0"),
        (404, "", "refused 0"),
        (403, '{"error":{"message":"no code"}}', "refused 0"),
        (403, '{"error":{"code":true}}', "refused 0"),
        # nobody knows
        (500, "", "uncertain"),
        (502, "<html></html>", "uncertain"),
        (503, '{"error":{"message":"no code"}}', "uncertain"),
        (504, '{"error":"timeout"}', "uncertain"),
        (408, "", "uncertain"),
        (302, "", "uncertain"),
        (200, "", "uncertain"),
        (200, "ok", "uncertain"),
        (200, "[]", "uncertain"),
        (200, '{"messages":[]}', "uncertain"),
        (200, '{"messages":{"id":"wamid.1"}}', "uncertain"),
        (200, '{"messages":[{"id":7}]}', "uncertain"),
        (200, '{"messages":[{"id":""}]}', "uncertain"),
        (200, '{"messages":[{"id":"wamid.1"}', "uncertain"),
        (200, "[" * 100_000, "uncertain"),
    ],
)
def test_what_an_answer_means(status: int, body: str, meaning: str) -> None:
    assert _meaning(HttpReply(status, {}, body.encode())) == meaning


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("0", 0), ("99999", 60), ("Fri, 31 Dec 2027 23:59:59 GMT", 0), ("-1", 0), ("²", 0)],
)
def test_how_long_to_wait(header: str, seconds: float) -> None:
    assert _meaning(HttpReply(429, {"retry-after": header}, b"")) == f"again after {seconds:g}"


def test_a_title_quotes_neither_token_nor_number() -> None:
    token = "EAAG" + "x1Y2" * 30
    message = f"Malformed access token {token} for +62 812-3456-7890 (#131047)"
    with pytest.raises(ChannelRefused) as caught:
        sent_id(HttpReply(401, {}, json.dumps({"error": {"code": 190, "message": message}}).encode()))
    assert caught.value.title == "Malformed access token … for … (#131047)"
    assert token not in repr(caught.value)
