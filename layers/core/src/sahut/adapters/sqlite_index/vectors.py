"""All vectors of a version in memory: exact cosines by one multiplication. Knows no text."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Nearest:
    """cosines: by number of passage. lowest, highest: of the whole index, 0.0 when it is empty."""

    cosines: dict[int, float]
    lowest: float = 0.0
    highest: float = 0.0


@dataclass(frozen=True, slots=True)
class Matrix:
    """Row n is the vector of passage numbers[n]; numbers ascend. Collapsed passages are left out.

    1,536 bytes a passage of 384 dimensions.
    """

    rows: "NDArray[numpy.float32]"
    numbers: "NDArray[numpy.int64]"

    @classmethod
    def read(cls, database: sqlite3.Connection, passages: int, dimensions: int) -> "Matrix":
        """Chunk by chunk, so that no more is held twice. passages: collapsed ones too."""
        import numpy

        collapsed = database.execute("SELECT number FROM passages WHERE repeats IS NOT NULL").fetchall()
        numbers = numpy.delete(numpy.arange(passages), numpy.array(collapsed, dtype=numpy.int64).ravel())
        rows = numpy.empty((len(numbers), dimensions), dtype=numpy.float32)
        for first, blob in database.execute("SELECT first, matrix FROM vectors ORDER BY first"):
            # float16 halves the file; float32 multiplies several times faster.
            stored = numpy.frombuffer(blob, dtype="<f2").reshape(-1, dimensions)
            begin, end = numpy.searchsorted(numbers, (first, first + len(stored)))
            rows[begin:end] = stored[numbers[begin:end] - first]
        return cls(rows, numbers)

    def nearest(
        self, vector: Sequence[float], most: int, others: Iterable[int], among: Sequence[int] | None
    ) -> Nearest:
        """Cosines of the `most` nearest passages among these numbers (None: all), and of `others`."""
        import numpy

        if not len(self.numbers):
            return Nearest({})
        cosines = self.rows @ numpy.asarray(vector, dtype=numpy.float32)
        near = _highest(cosines, most)
        if among is not None:
            allowed = numpy.flatnonzero(numpy.isin(self.numbers, numpy.asarray(among, dtype=numpy.int64)))
            near = allowed[_highest(cosines[allowed], most)]
        asked = numpy.searchsorted(self.numbers, numpy.fromiter(others, dtype=numpy.int64))
        at = numpy.union1d(near, asked)
        found = zip(self.numbers[at].tolist(), cosines[at].tolist(), strict=True)
        return Nearest(dict(found), float(cosines.min()), float(cosines.max()))


def _highest(cosines: "NDArray[numpy.float32]", most: int) -> "NDArray[numpy.int64]":
    """Where the highest are; of equal ones the first, which `argpartition` alone doesn't promise."""
    import numpy

    if most >= len(cosines):
        return numpy.arange(len(cosines))
    if most <= 0:
        return numpy.arange(0)
    least = numpy.partition(cosines, len(cosines) - most)[len(cosines) - most]
    above = numpy.flatnonzero(cosines > least)
    equal = numpy.flatnonzero(cosines == least)[: most - len(above)]
    return numpy.concatenate((above, equal))
