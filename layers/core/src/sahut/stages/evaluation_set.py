"""An evaluation set as text: one question a line, as JSON (domain/evaluation.py says what a question has)."""

import json

from sahut.domain.evaluation import Question, question_of


def read_questions(text: str) -> list[Question]:
    """The questions in order; empty lines are passed over.

    Raises:
        ValueError: names the line and what is wrong with it, or an id that comes twice.
    """
    questions: list[Question] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
            if not isinstance(values, dict):
                raise ValueError("a question is a JSON object")
            questions.append(question_of(values))
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None
    ids = [question.id for question in questions]
    if twice := {each for each in ids if ids.count(each) > 1}:
        raise ValueError(f"ids that come twice: {', '.join(sorted(twice))}")
    if not questions:
        raise ValueError("there are no questions")
    return questions
