"""The answerer that is always there: no model, no key, no network; the documents' own sentences, cited."""

from sahut.domain.answer import Answer
from sahut.domain.grounding import NO_ANSWER
from sahut.domain.lane import search_text
from sahut.domain.quoting import quote
from sahut.ports.language_model import AnswerRequest


class Extractive:
    """A ports.language_model.LanguageModel that never raises."""

    @property
    def name(self) -> str:
        return "extractive"

    def write(self, request: AnswerRequest) -> Answer:
        """Up to three sentences of the best passages, word for word; NO_ANSWER when there are none."""
        text, citations = quote(search_text(request.question), request.passages)
        return Answer(text=text or NO_ANSWER, citations=citations, model=self.name)
