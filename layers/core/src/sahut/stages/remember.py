"""What the machine remembers of a conversation: its newest words, and a summary of those before.

The summary rolls: it is written anew from the last one and what fell out of the window since, by the tenant's
model for that; without one, older words are forgotten. Nothing here can stop an answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sahut.domain.conversation import Conversation
from sahut.domain.models import Candidate, Scenario
from sahut.domain.pii_vault import Vault, restore, tokenise
from sahut.domain.turn import Turn
from sahut.domain.window import Said, estimated_tokens, newest_within
from sahut.ports.chat_model import ChatMessage, ChatRequest
from sahut.ports.conversations import Earlier, Line
from sahut.stages.candidates import Attempt, Demand, Spent, try_in_order
from sahut.stages.prompting import language_name, sealed
from sahut.stages.prompts import prompt
from sahut.stages.write_answer import Writing

# Lines read at most: a window of short ones has some forty.
_LINES = 60
# A summary is renewed when this many lines have fallen out of the window since: not at every turn.
_OVERDUE = 8
# The customer waits for the answer, not for this.
_WITHIN_S = 6.0
_LONGEST_SUMMARY = 1_500


@dataclass(frozen=True, slots=True)
class Memory:
    """attempts: of the models that were asked for a summary."""

    history: tuple[Said, ...] = ()
    summary: str = ""
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True)
class Remembering:
    turns: Earlier
    writing: Writing
    clock: Callable[[], float]


def remember(
    head: Conversation, turn: Turn, tenant_name: str, needs: Remembering, *, tokenise_pii: bool = False
) -> Memory:
    """The conversation before the turn, as it was said.

    tokenise_pii: the model that summarises sees placeholders; the summary itself has the data back.
    """
    first = min((message.line for message in turn.messages), default=0)
    if first <= 1:
        return Memory()
    lines = needs.turns.last_lines(head.ref, _LINES + len(turn.messages))
    earlier = [line for line in lines if line.line < first and line.words and not line.revoked]
    history = newest_within([_said(line) for line in earlier])
    fallen = [line for line in earlier[: len(earlier) - len(history)] if line.line > head.summary_until]
    if len(fallen) < _OVERDUE:
        return Memory(history, head.summary)
    vault = Vault() if tokenise_pii else None
    return _summarised(head, turn, tenant_name, history, fallen, needs, vault)


def _said(line: Line) -> Said:
    return "user" if line.author == "customer" else "assistant", line.words


def _summarised(
    head: Conversation,
    turn: Turn,
    tenant_name: str,
    history: tuple[Said, ...],
    fallen: Sequence[Line],
    needs: Remembering,
    vault: Vault | None,
) -> Memory:
    tenant = head.ref.tenant
    candidates = needs.writing.models_of(tenant).of(Scenario.SUMMARISE)
    if not candidates:
        return Memory(history, head.summary)
    rules = prompt("summarise").fill(tenant=tenant_name, language=language_name(turn.language))
    said = "\n".join(f"{line.author}: {line.words[:1_000]}" for line in fallen)
    blocks = {"summary until now": head.summary or "nothing", "then": said}
    if vault is not None:
        blocks = {name: tokenise(text, vault) for name, text in blocks.items()}
    messages = (ChatMessage("system", rules), ChatMessage("user", sealed(blocks)))
    deadline = needs.clock() + _WITHIN_S

    def work(candidate: Candidate) -> tuple[str, Spent]:
        done = needs.writing.chat_of(tenant, candidate).complete(ChatRequest(messages, deadline))
        summary = done.text.strip() if vault is None else restore(done.text.strip(), vault).text
        return summary[:_LONGEST_SUMMARY], Spent(done.tokens_in, done.tokens_out)

    tokens = sum(estimated_tokens(each.content) for each in messages)
    tried = try_in_order(candidates, Demand(deadline, tokens_in=tokens), work, needs.writing.trying)
    if tried.result is None:
        return Memory(history, head.summary, tried.attempts)
    needs.turns.summarised(head.ref, tried.result, fallen[-1].line)
    return Memory(history, tried.result, tried.attempts)
