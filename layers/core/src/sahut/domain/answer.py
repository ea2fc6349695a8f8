"""An answer: text with numbered citations, and the parts in which a channel can carry it."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document as it was indexed.

    passage_id is stable within a knowledge base version. title: of the document; heading: the headings
    above the passage, outermost first. page: the original's, counted from 1, 0 where it has none.
    start, end: character span in the document's text. language: ISO 639-1, '' when unknown. uri: where
    the document stands on the web, or ''. document_version: the original's S3 version id, so that a
    citation opens what was read; '' when it has none.
    """

    passage_id: str
    document_id: str
    title: str
    text: str
    heading: str = ""
    page: int = 0
    start: int = 0
    end: int = 0
    language: str = ""
    uri: str = ""
    document_version: str = ""


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage with its scores. fused = weighted sum of normalised dense and lexical scores."""

    passage: Passage
    fused: float
    dense: float
    lexical: float


@dataclass(frozen=True, slots=True)
class Citation:
    """`[number]` in the text points to this passage.

    uri: where the document stands on the web, or ''. page, document_version: of the original, see Passage.
    """

    number: int
    passage_id: str
    document_id: str
    title: str
    uri: str = ""
    page: int = 0
    document_version: str = ""


class Verdict(StrEnum):
    SAFE = "safe"
    UNSAFE = "unsafe"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a language model or the extractive answerer wrote, before any part is sent.

    model: name of the candidate that wrote it. tokens are 0 for `extractive`. prompt_sha256: of
    all that a model was shown, '' where none was asked. asks_back: it is a question to the customer.
    """

    text: str
    citations: tuple[Citation, ...]
    model: str
    tokens_in: int = 0
    tokens_out: int = 0
    price_usd: float = 0.0
    prompt_sha256: str = ""
    asks_back: bool = False
