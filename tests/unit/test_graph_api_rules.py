"""What the fake refuses, and with which code: the same as Meta, so that a bug shows here first."""

from collections.abc import Callable

import pytest

from sandbox.graph_api.graph_error import GraphError
from sandbox.graph_api.message_rules import InteractiveMessage, ReadReceipt, TextMessage, check

TO = "628123456789"
TEXT: dict[str, object] = {
    "messaging_product": "whatsapp",
    "to": TO,
    "type": "text",
    "text": {"body": "hello"},
}


def _without(*names: str, **changed: object) -> dict[str, object]:
    return {key: value for key, value in {**TEXT, **changed}.items() if key not in names}


def _buttons(count: int) -> dict[str, object]:
    buttons = [{"type": "reply", "reply": {"id": str(n), "title": "Yes"}} for n in range(count)]
    action = {"buttons": buttons}
    return _without("text", type="interactive") | {
        "interactive": {"type": "button", "body": {"text": "?"}, "action": action}
    }


def _rows(*sections: int) -> dict[str, object]:
    made = [
        {"title": "S", "rows": [{"id": str(n), "title": "Row"} for n in range(size)]} for size in sections
    ]
    action = {"button": "Choose", "sections": made}
    return _without("text", type="interactive") | {
        "interactive": {"type": "list", "body": {"text": "?"}, "action": action}
    }


def _template(**template: object) -> dict[str, object]:
    return _without("text", type="template", template=template)


ACCEPTED: dict[str, dict[str, object]] = {
    "plain": TEXT,
    "type left out": _without("type"),
    "plus sign": _without(to="+628123456789"),
    "longest text": _without(text={"body": "x" * 4096}),
    "user id": _without("to", recipient="US.13491208655302741918"),
    "parent user id": _without("to", recipient="US.ENT.11815799212886844830"),
    "group": _without(to="120363012345678901", recipient_type="group"),
    "longest callback": _without(biz_opaque_callback_data="x" * 512),
    "quoting": _without(context={"message_id": "wamid.1"}),
    "3 buttons": _buttons(3),
    "10 rows": _rows(5, 5),
    "template": _template(name="order_update", language={"code": "id"}),
}

REFUSED: dict[str, tuple[dict[str, object], int]] = {
    "no product": (_without("messaging_product"), 100),
    "wrong product": (_without(messaging_product="sms"), 100),
    "unknown field": (_without(reciever=TO), 100),
    "unknown nested field": (_without(text={"body": "x", "bold": True}), 100),
    "nobody": (_without("to"), 100),
    "to and recipient": (_without(recipient="US.1"), 100),
    "recipient is a phone": (_without("to", recipient=TO), 131009),
    "to is a user id": (_without(to="US.1349"), 131009),
    "to has spaces": (_without(to="62 812 345"), 131009),
    "too short a phone": (_without(to="12345"), 131009),
    "no text": (_without("text"), 100),
    "empty text": (_without(text={"body": ""}), 100),
    "blank text": (_without(text={"body": " \n"}), 100),
    "text is a number": (_without(text={"body": 5}), 100),
    "text too long": (_without(text={"body": "x" * 4097}), 100),
    "callback too long": (_without(biz_opaque_callback_data="x" * 513), 100),
    "unknown type": (_without(type="fax"), 100),
    "type is a list": (_without(type=["text"]), 100),
    "type without rules here": (_without(type="image"), 131051),
    "4 buttons": (_buttons(4), 131009),
    "no button": (_buttons(0), 131009),
    "11 rows in one section": (_rows(11), 131009),
    "11 rows in two sections": (_rows(6, 5), 131009),
    "template without language": (_template(name="order_update"), 131008),
    "template name in capitals": (_template(name="Order", language={"code": "en"}), 131009),
    "receipt without message": ({"messaging_product": "whatsapp", "status": "read"}, 100),
    "receipt of another status": (
        {"messaging_product": "whatsapp", "status": "delivered", "message_id": "wamid.1"},
        100,
    ),
}


@pytest.mark.parametrize("body", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_accepts(body: dict[str, object]) -> None:
    assert not isinstance(check(body), ReadReceipt)


@pytest.mark.parametrize(("body", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_refuses(body: dict[str, object], code: int) -> None:
    with pytest.raises(GraphError) as caught:
        check(body)
    assert caught.value.code == code


@pytest.mark.parametrize("body", [None, [], "text", 3])
def test_refuses_what_is_no_object(body: object) -> None:
    with pytest.raises(GraphError) as caught:
        check(body)
    assert caught.value.code == 100


def test_a_refusal_never_repeats_what_was_said() -> None:
    with pytest.raises(GraphError) as caught:
        check(_without(type="secret words", text={"body": "my pin is 1234"}))
    told = str(caught.value.to_json())
    assert "1234" not in told
    assert "secret" not in told


def test_shape_of_an_error() -> None:
    error = GraphError(131047, "Too late").to_json()["error"]
    assert isinstance(error, dict)
    assert error["code"] == 131047
    assert error["message"] == "(#131047) Re-engagement message"
    assert error["error_data"] == {"messaging_product": "whatsapp", "details": "Too late"}
    assert error["fbtrace_id"]


def test_typing_is_a_read_receipt() -> None:
    body = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.1"}
    receipt = check(body | {"typing_indicator": {"type": "text"}})
    assert isinstance(receipt, ReadReceipt)
    assert receipt.typing_indicator is not None


def test_what_the_phone_shows() -> None:
    shown: Callable[[dict[str, object]], object] = check
    text = shown(TEXT)
    assert isinstance(text, TextMessage)
    assert (text.shown, text.address, text.free_form) == ("hello", TO, True)
    rows = shown(_rows(1, 1))
    assert isinstance(rows, InteractiveMessage)
    assert rows.choices == [("0", "Row"), ("0", "Row")]
