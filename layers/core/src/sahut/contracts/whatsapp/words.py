"""What a message without text says, in words that a machine can answer.

No word is added in any language: the customer's own language must stay recognisable.
"""

from typing import cast

from sahut.contracts.whatsapp.reading import (
    TEXT_LIMIT,
    Item,
    MalformedWebhook,
    item_of,
    load,
    object_at,
    objects_at,
    text_at,
    text_of,
)


def place_words(place: Item) -> str:
    """`Name, address (latitude, longitude)`, as far as they are known."""
    spot = ", ".join(filter(None, (text_at(place, "latitude"), text_at(place, "longitude"))))
    named = ", ".join(filter(None, (text_at(place, "name"), text_at(place, "address", 1024))))
    if named and spot:
        return f"{named} ({spot})"
    return named or spot


def card_words(cards: list[Item]) -> str:
    """`Name, phone` of each contact card, one a line."""
    return "\n".join(filter(None, map(_card, cards)))


def _card(card: Item) -> str:
    names = object_at(card, "name")
    name = text_at(names, "formatted_name") or text_at(names, "first_name")
    phones = [text_at(phone, "phone") or text_at(phone, "wa_id") for phone in objects_at(card, "phones")]
    return ", ".join(filter(None, (name, *phones)))


def order_words(order: Item) -> str:
    """The customer's remark, then `quantity × product (price currency)`, one a line."""
    lines = [text_at(order, "text", TEXT_LIMIT), *map(_product, objects_at(order, "product_items"))]
    return "\n".join(filter(None, lines))


def _product(product: Item) -> str:
    name = text_at(product, "product_retailer_id")
    price = " ".join(filter(None, (text_at(product, "item_price"), text_at(product, "currency"))))
    counted = " × ".join(filter(None, (text_at(product, "quantity"), name)))
    return f"{counted} ({price})" if name and price else counted


def tapped_words(interactive: Item) -> str:
    """The title of the button or list row that was tapped, or what was filled into a form."""
    reply = object_at(interactive, "button_reply") or object_at(interactive, "list_reply")
    if reply:
        title, description = text_at(reply, "title"), text_at(reply, "description")
        return f"{title}: {description}" if title and description else title or text_at(reply, "id")
    form = object_at(interactive, "nfm_reply")
    return _form_words(form) or text_at(form, "body", TEXT_LIMIT)


def _form_words(form: Item) -> str:
    """`field: answer`, one a line; the flow's own token says nothing to anybody."""
    response = form.get("response_json")
    if isinstance(response, str):
        try:
            response = load(response.encode(errors="surrogatepass"))
        except MalformedWebhook:
            return ""
    answers = {name: _answer(value) for name, value in item_of(response).items() if name != "flow_token"}
    return "\n".join(f"{text_of(name)}: {answer}" for name, answer in answers.items() if answer)


def _answer(value: object) -> str:
    """Check boxes give a list."""
    if isinstance(value, list):
        return ", ".join(filter(None, map(text_of, cast(list[object], value))))
    return text_of(value)
