"""WhatsApp: sends texts, shows the typing sign and fetches files through Meta's Graph API.

The send call has no idempotency key, so the one thing that counts is to know when a message was
certainly not sent. Nothing here repeats a call.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import time
from collections.abc import Callable, Mapping
from urllib.parse import quote, urlsplit

from sahut.adapters.channels.graph_http import Budget, Http, HttpCall, HttpReply, TooLarge
from sahut.adapters.channels.graph_replies import check, json_of, sent_id
from sahut.domain.errors import ChannelRefused, Refused, TryAgain, Uncertain
from sahut.domain.graph_errors import GraphOutcome, outcome_of
from sahut.domain.message import Contact
from sahut.ports.channel import SendRequest

# WhatsApp takes files up to 100 MB (documents); what a machine or an operator needs is smaller,
# and a function holds the whole file in its memory.
MEDIA_LIMIT = 25 * 1024 * 1024

# The typing sign is a courtesy: it must not eat the time of the turn.
_TYPING_S = 3.0

_INVALID_PARAMETER = 100
_TOKEN_INVALID = 190


class WhatsAppSender:
    """A `ports.channel.ChannelSender`.

    Args:
        graph_api_url: with version and without a slash at the end, as `https://host/v23.0`.
        access_token: called for every errand, so that a changed token needs no restart. Its value
            appears in no error and no log.
        timeout_s: bounds each errand as a whole, from the first byte of the connection to the
            last of the answer.
        clock: seconds since the epoch; deadlines are measured by it.

    Raises:
        ValueError: graph_api_url is no http or https URL.
    """

    def __init__(
        self,
        graph_api_url: str,
        access_token: Callable[[], str],
        timeout_s: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        base = urlsplit(graph_api_url)
        if base.scheme not in ("http", "https") or not base.hostname:
            raise ValueError("the Graph API's address is no http or https URL")
        self._base = graph_api_url.rstrip("/")
        self._access_token = access_token
        self._timeout_s = timeout_s
        self._clock = clock
        self._http = Http()

    def send(self, request: SendRequest) -> str:
        """See `ports.channel.ChannelSender.send`.

        The call begins before the request's deadline or never; once begun it has the time-out. So
        after deadline + time-out nothing of it can reach the channel any more.
        """
        content = _text_message(request)
        left_s = request.deadline - self._clock()
        if left_s <= 0:
            raise TryAgain("the deadline was over before the call began")
        budget = Budget(self._timeout_s, left_s, lambda: self._clock() < request.deadline)
        return sent_id(self._post(request.channel_key, content, budget))

    def show_typing(self, channel_key: str, message_id: str) -> None:
        """See `ports.channel.ChannelSender.show_typing`."""
        content: dict[str, object] = {
            "messaging_product": "whatsapp",
            "status": "read",
            "message_id": message_id,
            "typing_indicator": {"type": "text"},
        }
        check(self._post(channel_key, content, Budget(min(self._timeout_s, _TYPING_S))))

    def fetch_media(self, media_id: str) -> tuple[bytes, str]:
        """See `ports.channel.ChannelSender.fetch_media`. Both steps share one time-out."""
        budget = Budget(self._timeout_s)
        headers = self._headers()
        described = self._get(HttpCall("GET", f"{self._base}/{quote(media_id, safe='')}", headers), budget)
        about = json_of(described)
        url, size = about.get("url"), about.get("file_size")
        if not isinstance(url, str) or not self._may_be_asked(url):
            raise Refused("the file has no address that we may ask")
        if str(size).isdigit() and int(str(size)) > MEDIA_LIMIT:
            raise Refused("the file is too large")
        file = self._get(HttpCall("GET", url, headers, limit=MEDIA_LIMIT), budget)
        if not _matches(file.body, about.get("sha256")):
            raise TryAgain("the file came damaged")
        named = about.get("mime_type") or file.headers.get("content-type")
        return file.body, str(named or "application/octet-stream")

    def _post(self, channel_key: str, content: Mapping[str, object], budget: Budget) -> HttpReply:
        headers = self._headers() | {"Content-Type": "application/json"}
        url = f"{self._base}/{quote(channel_key, safe='')}/messages"
        return self._http.exchange(HttpCall("POST", url, headers, json.dumps(content).encode()), budget)

    def _get(self, call: HttpCall, budget: Budget) -> HttpReply:
        """Asking twice does no harm: what is uncertain, or refused for now, may be tried again."""
        try:
            reply = self._http.exchange(call, budget)
            if not 200 <= reply.status < 300:  # a file's own JSON is no answer of the Graph API
                check(reply)
        except TooLarge:
            raise Refused("the file is too large") from None
        except Uncertain as error:
            raise TryAgain(str(error)) from None
        except ChannelRefused as error:
            if outcome_of(error.code) is GraphOutcome.RETRY:
                raise TryAgain(str(error)) from None
            raise
        return reply

    def _headers(self) -> dict[str, str]:
        token = self._access_token().strip()
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise ChannelRefused(_TOKEN_INVALID, "the access token is missing or unusable")
        return {"Authorization": f"Bearer {token}", "User-Agent": "sahut", "Connection": "close"}

    def _may_be_asked(self, url: str) -> bool:
        """The token goes along: only over TLS, or to the very host that the Graph API has."""
        try:
            asked, base = urlsplit(url), urlsplit(self._base)
            same = (asked.scheme, asked.hostname, asked.port) == (base.scheme, base.hostname, base.port)
        except ValueError:  # no port number, or broken brackets
            return False
        plain = url.isascii() and url.isprintable() and " " not in url
        return plain and bool(asked.hostname) and (asked.scheme == "https" or same)


def _text_message(request: SendRequest) -> dict[str, object]:
    content: dict[str, object] = {
        "messaging_product": "whatsapp",
        **_address(request.contact),
        "type": "text",
        "text": {"preview_url": False, "body": request.text},
        "biz_opaque_callback_data": request.callback_data,
    }
    if request.reply_to:
        content["context"] = {"message_id": request.reply_to}
    return content


def _address(contact: Contact) -> dict[str, object]:
    """`to` takes groups and phone numbers, `recipient` business-scoped user ids.

    The phone number goes first where both are known: Meta gives it precedence, and with it their
    webhooks keep naming it.
    """
    if contact.group_id:
        return {"recipient_type": "group", "to": contact.group_id}
    if contact.phone:
        return {"recipient_type": "individual", "to": contact.phone}
    if contact.user_id:
        return {"recipient_type": "individual", "recipient": contact.user_id}
    raise ChannelRefused(_INVALID_PARAMETER, "the customer has no address on WhatsApp")


def _matches(body: bytes, claimed: object) -> bool:
    """Whether the file has the SHA-256 that was given, in hexadecimal or base64; True if none was."""
    if not isinstance(claimed, str) or not claimed:
        return True
    try:
        digest = bytes.fromhex(claimed) if len(claimed) == 64 else base64.b64decode(claimed, validate=True)
    except (ValueError, binascii.Error):
        return True
    return len(digest) != 32 or digest == hashlib.sha256(body).digest()
