"""How an answer is put before the customer: the disclosure, the answer, its sources."""

from sahut.domain.answer import Answer

_SOURCES = {"en": "Sources", "id": "Sumber"}


def reply_text(answer: Answer, language: str, disclosure: str, lists_sources: bool) -> str:
    """The whole reply.

    disclosure: the sentence that says that a machine writes, '' after the first reply of a session.
    lists_sources: for channels that carry nothing but text; elsewhere citations travel beside it.
    """
    paragraphs = [disclosure, answer.text]
    if lists_sources and answer.citations:
        label = _SOURCES.get(language, _SOURCES["en"])
        sources = [f"[{each.number}] {each.title}" for each in answer.citations]
        paragraphs.append(f"{label}: {' · '.join(sources)}")
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)
