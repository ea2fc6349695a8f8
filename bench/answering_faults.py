"""What the fake models of bench.answering say, how long they are waited for, and how the first one fails."""

from dataclasses import dataclass

from sandbox.model_api import Asked, Say, Step

FIRST, SECOND = "first", "second"
CHAPS, LETTER = "A CHAPS payment costs £20. [1]", "A letter of reference costs £12. [2]"
WORDS = {FIRST: f"{CHAPS} {LETTER}", SECOND: f"{CHAPS} It arrives the same day. [1] {LETTER}"}
# The same on all sides. A silence of FIRST_TOKEN_S ends a stream as well.
CONNECT_S, FIRST_TOKEN_S, TOTAL_S, RETRIES, REST_S = 1.0, 1.0, 3.0, 1, 30.0
FAULTS = {
    "429, Retry-After 1 s": Step(status=429, retry_after_s=1, model=FIRST),
    "500": Step(status=500, model=FIRST),
    "slow first word": Step(slow_first_token_s=30, model=FIRST),
    "stalled stream": Step(stall_after_chunks=3, model=FIRST),
    "stream cut": Step(cut_after_bytes=900, model=FIRST),
    "stream ended early": Step(end_after_chunks=3, model=FIRST),
    "connection refused": Step(refuse_connection=True, model=FIRST),
}
# Without streaming the reply is shorter, and one that ends early can't be told from a whole one.
FAULTS_OF_ONE_REPLY = {
    **{name: step for name, step in FAULTS.items() if step.end_after_chunks is None},
    "stream cut": Step(cut_after_bytes=300, model=FIRST),
}


@dataclass
class Mouth:
    """What the fake model says, and how fast."""

    delay_s: float = 0.0
    between_s: float = 0.0

    def __call__(self, asked: Asked) -> Say:
        return Say(WORDS[asked.model], first_token_s=self.delay_s, between_chunks_s=self.between_s)
