"""Text and vectors for bench.retrieval_speed, the same in every run: seeded passages, then synthetic ones.

Synthetic text has words of a Zipf distribution, the real stop words the most frequent among them. All vectors
are random unit vectors.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sahut.domain.answer import Passage
from sahut.domain.lane import search_text
from sahut.domain.words import STOP_WORDS
from sahut.ports.passages import Entry, Query
from sahut.stages.indexing import SourceDocument, passages_of

ROOT = Path(__file__).resolve().parent.parent
DIMENSIONS = 384
VOCABULARY = 50_000
WORDS = 120
PASSAGES_A_DOCUMENT = 50


def entries(count: int) -> Iterator[Entry]:
    seeded = _seeded()
    draw = word_source(1)
    for number, vector in zip(range(count), unit_vectors(2), strict=False):
        if number < len(seeded):
            passage = seeded[number]
        else:
            document = f"Document {number // PASSAGES_A_DOCUMENT}"
            text = " ".join(draw(WORDS))
            passage = Passage(f"{document}#{number}", document, document, text, "Section")
        yield Entry(passage, vector.astype("<f2").tobytes())


def queries(count: int) -> list[Query]:
    """Half of them ask the seeded tenants, half are 3 to 14 words drawn as the text was."""
    chance = np.random.default_rng(3)
    draw, vectors = word_source(4), unit_vectors(5)
    real = questions()[: count // 2]
    synthetic = [" ".join(draw(int(chance.integers(3, 15)))) for _ in range(count - len(real))]
    return [Query(search_text(text), next(vectors).tolist()) for text in (*real, *synthetic)]


def questions() -> list[str]:
    files = sorted((ROOT / "sandbox/seed_data").glob("*/questions.jsonl"))
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [str(json.loads(line)["question"]) for line in lines]


def word_source(seed: int) -> Callable[[int], list[str]]:
    """Draws so many words: the n-th most frequent one comes 1/n as often as the first."""
    # Letters only, so that no word is a number: w, then the rank in letters.
    letters = str.maketrans("0123456789", "ghijklmnop")
    stop = sorted(STOP_WORDS)[:150]
    names = np.array(stop + [f"w{n:x}".translate(letters) for n in range(VOCABULARY - len(stop))])
    cumulated = np.cumsum(1 / np.arange(1, VOCABULARY + 1))
    chance = np.random.default_rng(seed)

    def draw(count: int) -> list[str]:
        at = np.searchsorted(cumulated, chance.random(count) * cumulated[-1])
        drawn: list[str] = names[at].tolist()
        return drawn

    return draw


def unit_vectors(seed: int) -> Iterator[NDArray[np.float32]]:
    chance = np.random.default_rng(seed)
    while True:
        some = chance.standard_normal((256, DIMENSIONS), dtype=np.float32)
        yield from some / np.linalg.norm(some, axis=1, keepdims=True)


def _seeded() -> list[Passage]:
    files = sorted((ROOT / "sandbox/seed_data").glob("*/documents/*.md"))
    documents = [
        SourceDocument(f"{file.parent.parent.name}/{file.name}", file.read_text(encoding="utf-8"))
        for file in files
    ]
    return [passage for document in documents for passage in passages_of(document)]
