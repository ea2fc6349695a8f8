"""How much of a conversation a model is shown."""

from hypothesis import given
from hypothesis import strategies as st

from sahut.domain.window import LONGEST_TOKENS, estimated_tokens, newest_within

SAID = st.lists(st.tuples(st.sampled_from(["user", "assistant"]), st.text(max_size=3_000)), max_size=30)


@given(SAID, st.integers(min_value=0, max_value=2_000))
def test_the_newest_words_within_the_budget_in_their_order(said: list[tuple[str, str]], budget: int) -> None:
    kept = newest_within(said, budget)
    assert sum(estimated_tokens(text) for _, text in kept) <= budget
    assert [role for role, _ in kept] == [role for role, _ in said[len(said) - len(kept) :]]
    if len(kept) < len(said):
        next_one = min(LONGEST_TOKENS, estimated_tokens(said[len(said) - len(kept) - 1][1]))
        used = sum(estimated_tokens(text) for _, text in kept)
        assert used + next_one > budget, "one more would have fitted"


def test_one_long_message_leaves_room_for_others() -> None:
    kept = newest_within([("user", "before"), ("user", "x" * 50_000 + "end"), ("assistant", "after")], 600)
    assert [text[-5:] for _, text in kept] == ["efore", "xxend", "after"]
