"""How much of a conversation a model is shown: the newest words within a budget of tokens."""

from collections.abc import Sequence
from typing import TypeAlias

# (role, text), oldest first; roles are the chat models': user, assistant.
Said: TypeAlias = tuple[str, str]

# Some ten exchanges of two sentences each. What is older is told in a summary, where there is one.
WINDOW_TOKENS = 1_200
# One long message must not push all others out.
LONGEST_TOKENS = 400


def estimated_tokens(text: str) -> int:
    """Tokens of a text for budgets: real counts need each model's own ranks (FACTS §5)."""
    return len(text) // 3 + 1


def newest_within(said: Sequence[Said], budget_tokens: int = WINDOW_TOKENS) -> tuple[Said, ...]:
    """The newest entries that fit, oldest first; a long one is cut in its middle."""
    kept: list[Said] = []
    left = budget_tokens
    for role, text in reversed(said):
        shortened = _shortened(text)
        left -= estimated_tokens(shortened)
        if left < 0:
            break
        kept.append((role, shortened))
    return tuple(reversed(kept))


def _shortened(text: str) -> str:
    most = 3 * (LONGEST_TOKENS - 1)
    if len(text) <= most:
        return text
    half = (most - 3) // 2
    return f"{text[:half]}…\n{text[-half:]}"
