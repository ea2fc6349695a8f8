"""Releases an answer to a web chat while it is being written: claim by claim, each checked before it goes.

The first claim takes the fence (owner, epoch, nothing newer); from then on newer messages form the next turn.
A take-over stops the next claim. What was released is stored as it was said, in the same write.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from sahut.domain.answer import Answer, Verdict
from sahut.domain.conversation import Conversation, Owner
from sahut.domain.errors import Conflict, Outdated, WorkStopped
from sahut.domain.grounding import NO_ANSWER, Judgement, judge
from sahut.domain.sentence_stream import SentenceStream
from sahut.domain.turn import Part, PartState, Turn, answer_part_id
from sahut.ports.conversations import Fence, Sending, Turns
from sahut.stages.guarding import last_look
from sahut.stages.json_text import JsonTextStream
from sahut.stages.prompting import AnswerRequest
from sahut.stages.replies import answer_of
from sahut.stages.speak import Live

_MARK = re.compile(r"\[(\d{1,3})\]")
# A conflict that is nobody's taking over: a newer message raised the line while we wrote ours.
_ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Releasing:
    """until: when a call that begins now has ended, in seconds since the epoch."""

    turns: Turns
    sending: Sending
    live: Live
    clock: Callable[[], float]
    until: Callable[[], float]


class Release:
    """One turn's answer on its way out. prefix: what comes first, e.g. that a machine writes."""

    def __init__(
        self, head: Conversation, turn: Turn, request: AnswerRequest, prefix: str, needs: Releasing
    ) -> None:
        self._head, self._turn, self._request, self._prefix = head, turn, request, prefix
        self._needs = needs
        self._raw = ""
        self._number = 0
        self.heard = 0
        self._may_begin = True
        self.judgement: Judgement | None = None

    @property
    def begun(self) -> bool:
        """Whether the customer has read a part of the answer."""
        return self._number > 0

    def listener(self, *, structured: bool) -> Callable[[str], None]:
        """Gets the pieces of one candidate's text; every candidate starts clean.

        Raises:
            WorkStopped: (the listener) a claim did not pass, or the conversation is no longer ours.
        """
        claims, words = SentenceStream(), JsonTextStream()
        self._raw, self.heard = "", 0

        def listen(piece: str) -> None:
            self.heard += len(piece)
            for claim in claims.feed(words.feed(piece) if structured else piece):
                self._release(claim)

        return listen

    def end(self, whole: Answer) -> None:
        """Releases what is left of an answer that has begun; the turn is answered.

        Raises:
            Conflict: the conversation is no longer ours.
        """
        said = answer_of(self._raw, self._request, "").text
        if not whole.text.startswith(said):
            raise ValueError("what was released is not how the answer begins")
        self._publish(self._part(whole.text[len(said) :].strip(), whole), last=True)

    def _release(self, claim: str) -> None:
        if not self.begun and (not self._may_begin or NO_ANSWER in claim or claim.startswith("CLARIFY")):
            self._may_begin = False
            return
        before = answer_of(self._raw, self._request, "").text if self._raw else ""
        whole = answer_of(self._raw + claim, self._request, "")
        new = whole.text[len(before) :]
        judgement = judge(self._alone(claim), self._request.passages, self._request.question)
        judgement = last_look(judgement, claim, self._request)
        if judgement.verdict is not Verdict.SAFE:
            self._refuse(judgement)
            return
        try:
            self._publish(self._part(new.strip(), whole), last=False)
        except Conflict as error:
            if self.begun:
                raise WorkStopped("the conversation was taken") from error
            self._may_begin = False  # a newer message or a person: *Send reply* will see which
            return
        self._raw += claim

    def _alone(self, claim: str) -> Answer:
        return answer_of(claim, self._request, "")

    def _refuse(self, judgement: Judgement) -> None:
        """An unsafe claim ends what has begun; before that the whole answer's verdict decides."""
        self._may_begin = False
        if self.begun:
            self.judgement = judgement
            raise WorkStopped("a claim did not pass")

    def _part(self, text: str, answer: Answer) -> Part:
        order = self._number + 1
        if order == 1 and self._prefix:
            text = f"{self._prefix}\n\n{text}"
        marks = {int(mark) for mark in _MARK.findall(text)}
        citations = tuple(each for each in answer.citations if each.number in marks)
        part_id = answer_part_id(self._turn.round, order)
        return Part(part_id, text, PartState.SENT, order=order, citations=citations)

    def _publish(self, part: Part, *, last: bool) -> None:
        for _ in range(_ROUNDS):
            try:
                line = self._needs.sending.stream(self._head, self._turn, part, self._fence(), last)
                break
            except Outdated:
                raise
            except Conflict:
                if not self._only_moved():
                    raise
        else:
            raise Conflict("the conversation changed all the time")
        self._number += 1
        self._needs.live.message(self._head, line, pending=not last)

    def _only_moved(self) -> bool:
        """Reads the conversation again; whether it is still ours to speak in."""
        self._head = self._needs.turns.conversation(self._head.ref)
        ours = self._head.owner is Owner.MACHINE and self._head.epoch == self._turn.epoch
        fresh = self.begun or (
            self._head.open_turn_live > 0
            and (
                self._head.inbound_seq <= self._turn.seen_seq
                or not self._turn.may_supersede(self._needs.clock())
            )
        )
        return ours and fresh and not self._turn.forgotten(self._head.watermark)

    def _fence(self) -> Fence:
        now = self._needs.clock()
        first = not self.begun
        return Fence(
            owner=Owner.MACHINE,
            epoch=self._head.epoch,
            author="machine",
            channel_key=self._head.channel_key,
            now=now,
            until=self._needs.until(),
            seen_seq=self._turn.seen_seq if first and self._turn.may_supersede(now) else None,
            first=first,
            discloses=first and self._head.must_disclose,
        )
