"""Ask the customer instead: a question back, at most one in a row, where an answer is not sure enough."""

from dataclasses import replace

from sahut.domain.agent import Agent
from sahut.domain.answer import Answer, Verdict
from sahut.domain.clarifying import may_ask, question_between, worth_asking
from sahut.domain.conversation import Conversation
from sahut.domain.grounding import Judgement, UnsafeReason
from sahut.domain.tenant import TurnRef
from sahut.domain.turn import Turn
from sahut.ports.conversations import Earlier

# Lines in which the machine's last word is looked for.
_BACK = 10


def instead(
    answer: Answer, judgement: Judgement, head: Conversation, turn: Turn, agent: Agent, turns: Earlier
) -> tuple[Answer, Judgement]:
    """The answer and its judgement, or a question back and that it may go out.

    An unsure answer becomes a question when the documents hold two likely subjects; a model's own question
    goes out if it brings no news. Neither when the machine asked the last time too.
    """
    asked = _question(answer, judgement, turn, agent)
    if asked is None:
        return answer, judgement
    if not agent.clarifies or _asked_last_time(head, turn, turns):
        why = judgement.reason or UnsafeReason.LOW_CONFIDENCE
        unsure = replace(judgement, verdict=Verdict.UNSAFE, reason=why)
        return answer, unsure
    return asked, replace(judgement, verdict=Verdict.SAFE, reason=None)


def _question(answer: Answer, judgement: Judgement, turn: Turn, agent: Agent) -> Answer | None:
    if answer.asks_back:
        return answer if may_ask(answer.text, turn.passages, turn.question) else None
    unsure = judgement.reason is UnsafeReason.LOW_CONFIDENCE
    if not unsure or not worth_asking(judgement.confidence, judgement.threshold):
        return None
    text = question_between(turn.passages, turn.language)
    return replace(answer, text=text, citations=(), asks_back=True) if text else None


def _asked_last_time(head: Conversation, turn: Turn, turns: Earlier) -> bool:
    first = min((message.line for message in turn.messages), default=0)
    lines = turns.last_lines(head.ref, _BACK + len(turn.messages))
    spoken = [line for line in lines if line.line < first and line.author == "machine" and line.turn_id]
    return bool(spoken) and turns.turn(TurnRef(head.ref, spoken[-1].turn_id)).asked_back
