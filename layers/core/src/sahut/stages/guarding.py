"""The guard around models: what they are shown, and a last look at what they wrote.

Before: passages without orders, text without invisible characters, placeholders for personal data where the
tenant wants that. After: the data given back, and nothing leaked. What it can't do: docs/guardrails.md.
"""

from dataclasses import replace

from sahut.domain.answer import Answer, Verdict
from sahut.domain.grounding import Judgement, UnsafeReason
from sahut.domain.injection import neutralised
from sahut.domain.leaks import Leak, leaks
from sahut.domain.pii_vault import Vault, restore, tokenise
from sahut.domain.splitting import text_to_embed
from sahut.stages.prompting import AnswerRequest, messages_of
from sahut.stages.tools_wanted import Wishes


def guarded(request: AnswerRequest, *, tokenise_pii: bool) -> tuple[AnswerRequest, Vault]:
    """The request as models may see it, and the vault that gives the customer's own data back.

    The vault is empty where nothing was replaced. Passages are the tenant's own and are not tokenised.
    """
    vault = Vault()
    request = replace(request, passages=neutralised(request.passages).found)
    if not tokenise_pii:
        return request, vault
    tokenised = replace(
        request,
        question=tokenise(request.question, vault),
        history=tuple((role, tokenise(text, vault)) for role, text in request.history),
        summary=tokenise(request.summary, vault),
        uses=tuple(replace(use, arguments=tokenise(use.arguments, vault)) for use in request.uses),
    )
    return tokenised, vault


def shown(answer: Answer, vault: Vault) -> Answer:
    """An answer as another model may see it: with the placeholders of the same turn."""
    return replace(answer, text=tokenise(answer.text, vault)) if len(vault) else answer


def restored(answer: Answer, vault: Vault) -> tuple[Answer, bool]:
    """The answer with the customer's data back; whether every placeholder stood for something."""
    if not len(vault):
        return answer, True
    back = restore(answer.text, vault)
    return replace(answer, text=back.text), not back.unknown


def wishes_restored(wishes: Wishes, vault: Vault) -> Wishes:
    """Calls of tools with the customer's data in their arguments: a tool looks up the real number."""
    if not len(vault):
        return wishes
    calls = tuple(replace(call, arguments=restore(call.arguments, vault).text) for call in wishes.calls)
    return replace(wishes, calls=calls)


def last_look(judgement: Judgement, text: str, request: AnswerRequest, *, whole: bool = True) -> Judgement:
    """The judgement, or UNSAFE where a text gives away what no customer may see.

    text: an answer, or one claim of it. whole: what `restored` said of its placeholders.
    """
    if judgement.verdict is not Verdict.SAFE:
        return judgement
    leak = leak_in(text, request) if whole else Leak.PLACEHOLDER
    if leak is None:
        return judgement
    return replace(judgement, verdict=Verdict.UNSAFE, reason=UnsafeReason.LEAK)


def leak_in(text: str, request: AnswerRequest) -> Leak | None:
    """What a text leaks of all that a model was told for this request."""
    rules = messages_of(request, structured=True)[0].content
    evidence = "\n".join(f"{text_to_embed(hit.passage)}\n{hit.passage.uri}" for hit in request.passages)
    return leaks(text, rules, evidence)
