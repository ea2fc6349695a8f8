"""Markdown and plain text: nearly as it stands. Underlined headings get their `#`, front matter its title."""

import re

from sahut.adapters.parsers.detect import Source
from sahut.adapters.parsers.writing import Writer, clean

_FRONT_MATTER = re.compile(r"---\n(.{0,20000}?)\n(?:---|\.\.\.)\n", re.DOTALL)
_KEY = re.compile(r"(?m)^[A-Za-z][\w-]*:")
_TITLE = re.compile(r"""(?m)^title:[ \t]*["']?(.+?)["']?[ \t]*$""")
_FENCE = re.compile(r"\s*(?:```|~~~)")
_UNDERLINE = re.compile(r"(=|-)\1{2,}\s*")


def read_text(source: Source, out: Writer) -> None:
    text = clean(source.text)
    front = _FRONT_MATTER.match(text)
    if front and _KEY.match(front[1]):
        if title := _TITLE.search(front[1]):
            out.title(title[1])
        text = text[front.end() :]
    out.verbatim("\n".join(_with_headings(text.split("\n"))))


def _with_headings(lines: list[str]) -> list[str]:
    """A line that stands alone above `====` or `----` is a heading of level 1 or 2."""
    made: list[str] = []
    fenced = False
    for at, line in enumerate(lines):
        if _FENCE.match(line):
            fenced = not fenced
        underline = None if fenced else _UNDERLINE.fullmatch(line)
        if underline and made and _may_be_heading(made[-1]) and (at < 2 or not lines[at - 2].strip()):
            made[-1] = f"{'#' if underline[1] == '=' else '##'} {made[-1].strip()}"
        else:
            made.append(line)
    return made


def _may_be_heading(line: str) -> bool:
    said = line.strip()
    return bool(said) and len(said) <= 120 and said[0] not in "#|-*+>`"
