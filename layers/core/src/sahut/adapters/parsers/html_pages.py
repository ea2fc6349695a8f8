"""HTML: what a visitor reads, without what stands on every page of the site."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from sahut.adapters.parsers.detect import Source
from sahut.adapters.parsers.html_tables import rows_of
from sahut.adapters.parsers.writing import Writer
from sahut.domain.words import word_set

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_DROPPED = word_set(
    "script style noscript template nav footer aside head svg math iframe object canvas audio video button"
    " select textarea input dialog datalist"
)
_BLOCKS = word_set(
    "address article blockquote body center dd details div dl dt fieldset figcaption figure form header hr"
    " html li main ol p section summary ul tr td th tbody thead tfoot caption table pre"
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SPACES = re.compile(r"\s+")
# As long as the splitter reads them.
_LONGEST_LINK_TEXT = 300
_LONGEST_ADDRESS = 1000
# A `main` that holds less of the page's text than this is a wrapper of something else.
_LEAST_MAIN = 0.1


def read_html(source: Source, out: Writer) -> None:
    write_html(source.text, out)


def write_html(html: str, out: Writer, *, titled: bool = True) -> None:
    """titled: the page's title becomes the document's."""
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(html)
    # Their text is none, wherever they stand: in table cells as well.
    tree.strip_tags(["script", "style", "noscript", "template"])
    title = _first(tree, "title")
    if titled and title is not None:
        out.title(title.text())
    base = _base(tree)
    if (start := _main_content(tree)) is not None:
        _Walk(out, base).walk(start)


def _base(tree: LexborHTMLParser) -> str:
    for selector in ("base[href]", "link[rel=canonical][href]"):
        node = _first(tree, selector)
        address = (node.attributes.get("href") or "") if node is not None else ""
        if address.startswith(("http://", "https://")):
            return address
    return ""


def _first(tree: LexborHTMLParser, selector: str) -> LexborNode | None:
    return next(iter(tree.css(selector)), None)


def _main_content(tree: LexborHTMLParser) -> LexborNode | None:
    body = _first(tree, "body")
    if body is None:
        return None
    whole = len(body.text())
    for selector in ("main", "[role=main]", "article"):
        found = tree.css(selector)
        if len(found) == 1 and len(found[0].text()) > _LEAST_MAIN * whole:
            return found[0]
    return body


def _is_dropped(node: LexborNode) -> bool:
    if node.tag in _DROPPED:
        return True
    attributes = node.attributes
    if not attributes:
        return False
    role = attributes.get("role") or ""
    return "hidden" in attributes or role == "navigation" or attributes.get("aria-hidden") == "true"


class _Walk:
    """Goes through the nodes without recursion: pages are nested as deep as whoever wrote them likes.

    Inline text gathers until a block begins or ends.
    """

    def __init__(self, out: Writer, base: str) -> None:
        self._out = out
        self._base = base
        self._inline: list[str] = []
        self._headings: list[int] = []
        self._lists = 0
        self._items = 0
        self._links: list[tuple[int, str]] = []

    def walk(self, start: LexborNode) -> None:
        # (node, whether it is being left)
        waiting: list[tuple[LexborNode, bool]] = [(start, False)]
        while waiting:
            node, leaving = waiting.pop()
            if leaving:
                self._leave(node)
            elif self._enter(node):
                waiting.append((node, True))
                child = node.last_child
                while child is not None:
                    waiting.append((child, False))
                    child = child.prev
        self._flush()

    def _enter(self, node: LexborNode) -> bool:
        """Whether to go into it."""
        tag = node.tag or ""
        if tag == "-text":
            self._inline.append(_SPACES.sub(" ", node.text_content or ""))
            return False
        if tag.startswith("-") or _is_dropped(node) or self._is_whole(node, tag):
            return False
        if tag in _HEADINGS or tag in _BLOCKS:
            self._flush()
        self._open(node, tag)
        return True

    def _is_whole(self, node: LexborNode, tag: str) -> bool:
        """Whether it was written at once."""
        if tag == "br":
            self._inline.append("\n")
            return True
        if tag == "pre":
            self._flush()
            self._out.code(node.text())
            return True
        if tag != "table":
            return False
        rows = rows_of(node)
        if rows:
            self._flush()
            self._out.table(rows)
        return bool(rows)

    def _open(self, node: LexborNode, tag: str) -> None:
        if tag in _HEADINGS:
            self._headings.append(_HEADINGS[tag])
        elif tag in ("ul", "ol"):
            self._lists += 1
        elif tag in ("li", "dd"):
            self._items += 1
        elif tag == "a":
            self._links.append((len(self._inline), self._address(node)))

    def _leave(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag in _HEADINGS:
            self._flush()
            self._headings.pop()
        elif tag == "a":
            self._close_link()
        elif tag in _BLOCKS:
            self._flush()
            self._lists -= tag in ("ul", "ol")
            self._items -= tag in ("li", "dd")

    def _close_link(self) -> None:
        at, address = self._links.pop()
        said = _SPACES.sub(" ", "".join(self._inline[at:])).strip()
        if not address or not said or len(said) > _LONGEST_LINK_TEXT or "]" in said or said == address:
            return
        self._inline[at:] = [f"[{said}]({address})"]

    def _address(self, node: LexborNode) -> str:
        """Where it leads, '' when nobody could follow it from an answer."""
        said = (node.attributes.get("href") or "").strip()
        try:
            address = urljoin(self._base, said) if self._base else said
        except ValueError:
            return ""
        if not address.lower().startswith(("http://", "https://", "mailto:", "tel:")):
            return ""
        address = _SPACES.sub("%20", address).replace("(", "%28").replace(")", "%29")
        return address if len(address) <= _LONGEST_ADDRESS else ""

    def _flush(self) -> None:
        lines = (_SPACES.sub(" ", line).strip() for line in "".join(self._inline).split("\n"))
        text = "\n".join(line for line in lines if line)
        self._inline = []
        self._links = [(0, address) for _, address in self._links]
        if not text:
            return
        if self._headings:
            self._out.heading(self._headings[-1], text)
        elif self._items:
            self._out.item(text, self._lists - 1)
        else:
            self._out.paragraph(text)
