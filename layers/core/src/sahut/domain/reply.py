"""How an answer is put before the customer: the disclosure, the answer, its sources."""

from sahut.domain.answer import Answer, Citation

_SOURCES = {"en": "Sources", "id": "Sumber"}
_PAGE = {"en": "p.", "id": "hlm."}


def reply_text(answer: Answer, language: str, disclosure: str, lists_sources: bool) -> str:
    """The whole reply.

    disclosure: the sentence that says that a machine writes, '' after the first reply of a session.
    lists_sources: for channels that carry nothing but text; elsewhere citations travel beside it.
    """
    paragraphs = [disclosure, answer.text]
    if lists_sources and answer.citations:
        label = _SOURCES.get(language, _SOURCES["en"])
        sources = [_source(each, language) for each in answer.citations]
        paragraphs.append(f"{label}: {' · '.join(sources)}")
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _source(citation: Citation, language: str) -> str:
    page = f" ({_PAGE.get(language, _PAGE['en'])} {citation.page})" if citation.page else ""
    link = f" {citation.uri}" if citation.uri else ""
    return f"[{citation.number}] {citation.title}{page}{link}"
