"""E-mail: who wrote what to whom, and the text. Attachments are named, not read."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message

from sahut.adapters.parsers.decoding import decode
from sahut.adapters.parsers.detect import Source
from sahut.adapters.parsers.html_pages import write_html
from sahut.adapters.parsers.writing import Writer, one_line

_MOST_ATTACHMENTS = 20
_MBOX = re.compile(rb"\A\s*From [^\n]*\n")
_QUOTED = re.compile(r"(?m)^>[> ]*")


def read_mail(source: Source, out: Writer) -> None:
    # compat32 takes headers as they come; the newer policies raise on malformed ones.
    message: Message[str, str] = message_from_bytes(
        _MBOX.sub(b"", source.file.read_bytes()).lstrip(b"\r\n"), policy=policy.compat32
    )
    subject = _header(message, "Subject")
    out.title(subject)
    out.heading(1, subject)
    lines = [f"{name}: {said}" for name in ("From", "To", "Date") if (said := _header(message, name))]
    out.paragraph("\n\n".join(lines))
    parts = [part for part in message.walk() if not part.is_multipart()]
    body = _body(parts)
    if body is not None:
        _write(body, out)
    _name_attachments([part for part in parts if part is not body], out)


def _header(message: Message[str, str], name: str) -> str:
    raw = str(message.get(name, ""))
    try:
        return one_line(str(make_header(decode_header(raw))))
    except (MessageError, LookupError, ValueError):
        # Not as the standard has it, or in an encoding that nobody knows: as it stands.
        return one_line(raw)


def _body(parts: list[Message[str, str]]) -> Message[str, str] | None:
    for wanted in ("text/plain", "text/html"):
        for part in parts:
            if part.get_content_type() == wanted and not _is_attached(part) and _text(part).strip():
                return part
    return None


def _is_attached(part: Message[str, str]) -> bool:
    said = str(part.get("Content-Disposition", "")).strip().lower()
    return said.startswith("attachment")


def _text(part: Message[str, str]) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    return decode(payload, str(part.get_param("charset", "") or "")) or ""


def _write(body: Message[str, str], out: Writer) -> None:
    if body.get_content_type() == "text/html":
        write_html(_text(body), out, titled=False)
    else:
        out.verbatim(_QUOTED.sub("", _text(body)))


def _name_attachments(parts: list[Message[str, str]], out: Writer) -> None:
    names = [name for part in parts if (name := _file_name(part))]
    for name in names[:_MOST_ATTACHMENTS]:
        out.note(f"An attachment was left out: {name}. Upload it by itself.")
    if len(names) > _MOST_ATTACHMENTS:
        out.note(f"{len(names) - _MOST_ATTACHMENTS} more attachments were left out.")


def _file_name(part: Message[str, str]) -> str:
    try:
        raw = part.get_filename() or ""
        return one_line(str(make_header(decode_header(raw))))[:200]
    except (MessageError, LookupError, ValueError, TypeError):
        return "one without a readable name"
