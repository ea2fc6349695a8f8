"""Lines and cells of a page, and where they stand."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of a line between wide gaps. left, right: in points."""

    text: str
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Line:
    """left, right, y (of the baseline, from below), size: in points, 0 when not known. cells: two or more
    where wide gaps divide it, else (). pieces: two or more where gaps divide it that may also be spaces,
    else ()."""

    text: str
    left: float = 0.0
    right: float = 0.0
    y: float = 0.0
    size: float = 0.0
    cells: tuple[Cell, ...] = ()
    pieces: tuple[Cell, ...] = ()
