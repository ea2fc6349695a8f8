"""Any bytes are either read or refused clearly, and a broken item never takes a good one with it."""

import copy
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sahut.contracts.whatsapp import MalformedWebhook, parse_webhook
from sahut.domain.message import ChannelBatch, MessageKind

GOLDEN = Path(__file__).parent.parent / "golden" / "whatsapp"
WEBHOOKS = {path.stem: json.loads(path.read_text()) for path in sorted(GOLDEN.glob("*.json"))}

# The words that Meta's webhooks are made of: with them, random JSON gets past the first checks.
NAMES = """
    object entry id changes value field metadata phone_number_id contacts profile name username wa_id
    user_id messages statuses message_echoes errors from to from_user_id to_user_id group_id timestamp
    type text body image document audio sticker caption mime_type reaction message_id emoji location
    latitude contacts phones order product_items interactive button_reply list_reply nfm_reply
    response_json title button payload system previous_user_id edit original_message_id message revoke
    unsupported context referral status code biz_opaque_callback_data user_id_update previous current
    recipient_type
"""
WORDS = """
    whatsapp_business_account messages smb_message_echoes user_id_update account_update text image edit
    system contacts order interactive nfm_reply button_reply group sent failed 1763700000 6281234567890
    ID.123 wamid.A 100200300400501
"""
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(), max_size=20),  # st.characters() includes lone surrogates
    st.sampled_from(WORDS.split()),
    st.sampled_from([10**400, -(10**25), "\ud800", "\udc00\ud800", "\x00", "𝔘", "a" * 70_000, "{" * 50]),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(NAMES.split()), st.text(max_size=5)), inner, max_size=6),
    ),
    max_leaves=40,
)


def _bytes(value: object) -> bytes:
    return json.dumps(value).encode()


def _read(raw: bytes) -> tuple[ChannelBatch, ...]:
    try:
        return parse_webhook(raw, 1.0)
    except MalformedWebhook:
        return ()


def _storable(batches: tuple[ChannelBatch, ...]) -> bool:
    """Everything that was read can be written as UTF-8, and has what storage needs."""
    repr(batches).encode()
    for batch in batches:
        for message in batch.messages:
            message.text.encode()
            message.contact.name.encode()
            assert message.provider_id
            assert message.contact.aliases
            assert len(message.raw) <= 300_000
            if message.kind in (MessageKind.UNKNOWN, MessageKind.UNSUPPORTED):
                json.loads(message.raw)
        for raw, reason in batch.refused:
            json.loads(raw)
            assert reason
    return True


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(JSON)
def test_any_json_is_read_or_refused(value: object) -> None:
    assert _storable(_read(_bytes(value)))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    assert _storable(_read(raw))


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_webhook_with_anything_anywhere_is_read_and_loses_nothing(data: st.DataObject) -> None:
    """Replaces up to three places of a real webhook by arbitrary JSON."""
    webhook = copy.deepcopy(WEBHOOKS[data.draw(st.sampled_from(sorted(WEBHOOKS)))])
    for _ in range(data.draw(st.integers(1, 3))):
        holder, key = data.draw(st.sampled_from(_places(webhook["entry"])))
        holder[key] = data.draw(JSON)  # type: ignore[index]
    batches = parse_webhook(_bytes(webhook), 1.0)
    assert _storable(batches)
    assert all(batch.messages or batch.statuses or batch.notices or batch.refused for batch in batches)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(JSON, max_size=4), st.lists(JSON, max_size=4), JSON)
def test_a_good_message_survives_any_siblings(
    before: list[object], after: list[object], contact: object
) -> None:
    webhook = copy.deepcopy(WEBHOOKS["text"])
    value = webhook["entry"][0]["changes"][0]["value"]
    good = parse_webhook(_bytes(webhook))[0].messages[0]
    value["messages"] = [*before, *value["messages"], *after]
    value["contacts"] = [contact, *value["contacts"]]
    value["statuses"] = after
    (batch,) = parse_webhook(_bytes(webhook))
    assert good in batch.messages
    count = len(batch.messages) + len([1 for _, reason in batch.refused if "message" in reason])
    assert count == len(value["messages"])


def _places(value: object) -> list[tuple[object, object]]:
    """(holder, key) of every place in a JSON value."""
    pairs = list(value.items()) if isinstance(value, dict) else []
    pairs += list(enumerate(value)) if isinstance(value, list) else []
    return [place for key, inner in pairs for place in [(value, key), *_places(inner)]]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"{}",
        b'{"entry": {}}',
        b'{"object": "whatsapp_business_account"}',
        b"\xff\xfe\x00",
        b'{"entry":[' + b"[" * 100_000,
        b'{"entry":[' + b"[" * 100_000 + b"]" * 100_000 + b"]}",
    ],
    ids=lambda raw: raw[:12].decode(errors="replace"),
)
def test_what_is_no_webhook_is_malformed(raw: bytes) -> None:
    with pytest.raises(MalformedWebhook):
        parse_webhook(raw)


def test_every_depth_of_nesting_is_read_or_refused() -> None:
    for depth in [*range(1, 200, 20), *range(800, 1100)]:
        nested = b'{"a":' * depth + b"1" + b"}" * depth
        message = b'{"id":"wamid.1","from":"6281234567890","type":"deep","deep":' + nested + b"}"
        _read(
            b'{"entry":[{"id":"1","changes":[{"field":"messages","value":{"messages":[' + message + b"]}}]}]}"
        )
        _read(b'{"entry":[' + b"[" * depth + b"]" * depth + b"]}")


def test_edits_nested_in_edits_end() -> None:
    edit: dict[str, object] = {"type": "text", "text": {"body": "ok"}}
    for _ in range(150):
        edit = {"type": "edit", "edit": {"original_message_id": "wamid.0", "message": edit}}
    edit |= {"id": "wamid.1", "from": "6281234567890"}
    (batch,) = parse_webhook(_bytes({"entry": [{"changes": [{"value": {"messages": [edit]}}]}]}))
    assert [message.kind for message in batch.messages] == [MessageKind.UNSUPPORTED]


def test_no_word_of_a_customer_is_in_an_error() -> None:
    with pytest.raises(MalformedWebhook) as caught:
        parse_webhook(b'{"entry": "my secret PIN is 1234')
    assert "1234" not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_numbers_beyond_all_bounds_are_text() -> None:
    huge = "9" * 5_000
    value = f'{{"n":{huge},"inf":1e999,"nan":NaN}}'
    raw = f'{{"entry":[{{"id":{huge},"changes":[{{"field":"x","value":{value}}}]}}]}}'
    (batch,) = parse_webhook(raw.encode())
    assert json.loads(batch.notices[0].raw) == {"n": huge, "inf": "1e999", "nan": "NaN"}


def test_the_last_of_two_equal_keys_counts() -> None:
    raw = json.dumps(WEBHOOKS["text"]).replace('"body":', '"body": "first", "body":').encode()
    assert parse_webhook(raw) == parse_webhook(json.dumps(WEBHOOKS["text"]).encode())


def test_too_large_items_are_refused_alone() -> None:
    webhook = copy.deepcopy(WEBHOOKS["text"])
    messages = webhook["entry"][0]["changes"][0]["value"]["messages"]
    messages.append(messages[0] | {"id": "wamid.long", "text": {"body": "a" * 70_000}})
    messages.append(messages[0] | {"id": "wamid.large", "type": "new", "new": "a" * 400_000})
    (batch,) = parse_webhook(_bytes(webhook))
    assert [message.provider_id for message in batch.messages] == [messages[0]["id"]]
    assert [reason for _, reason in batch.refused] == [
        "a message longer than WhatsApp allows",
        "a message larger than we can keep",
    ]


def test_two_customers_are_never_made_one() -> None:
    """A contact that contradicts the message lends it neither phone nor user id."""
    webhook = copy.deepcopy(WEBHOOKS["text"])
    value = webhook["entry"][0]["changes"][0]["value"]
    value["contacts"] = [{"profile": {"name": "Other"}, "wa_id": "628999", "user_id": "ID.OTHER"}]
    (batch,) = parse_webhook(_bytes(webhook))
    contact = batch.messages[0].contact
    assert (contact.phone, contact.user_id, contact.name) == ("6281234567890", "ID.84471120093385512", "")


@pytest.mark.parametrize(
    ("name", "links"),
    [
        (
            "user_id_update",
            (
                ("user:ID.84471120093385512", "user:ID.55501234987700021"),
                ("phone:6281234567890", "user:ID.55501234987700021"),
                ("user:ID.84471120093385512", "phone:6281234567890"),
            ),
        ),
        (
            "system_user_changed_number",
            (
                ("user:ID.84471120093385512", "user:ID.55501234987700021"),
                ("phone:6281234567890", "user:ID.55501234987700021"),
                ("user:ID.84471120093385512", "phone:6285566667777"),
                ("phone:6281234567890", "phone:6285566667777"),
            ),
        ),
        ("system_user_changed_user_id", (("user:ID.99120034411827364", "user:SG.70011223344556677"),)),
        ("account_update", ()),
    ],
)
def test_a_changed_id_links_the_new_to_the_old(name: str, links: tuple[tuple[str, str], ...]) -> None:
    (batch,) = parse_webhook(_bytes(WEBHOOKS[name]))
    assert batch.notices[0].links == links
