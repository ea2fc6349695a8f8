"""Who reads question and passage together and says how well they fit. Adapter: any `/rerank` server."""

from collections.abc import Sequence
from typing import Protocol


class Reranker(Protocol):
    def scores(self, query: str, texts: Sequence[str]) -> Sequence[float]:
        """One score for each text, in the order of `texts`; more is better, and the scale is its own.

        Raises:
            TryAgain: down, too slow or throttled.
            Refused: it can't answer this request at all, or its answer makes no sense.
        """
        ...
