"""Makes the storm happen: posts wave after wave while people step in and things break."""

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from sandbox.stack import Stack
from tests.storm.chaos import Chaos
from tests.storm.operators import Done, Operators
from tests.storm.plan import WAVES, Plan, Post, Said
from tests.storm.post import THREADS, Delivery, Poster
from tests.storm.trouble import Act, Rival, Trouble
from tests.storm.watch import MetaSide, Queues, Watch

# A job that no dispatcher can read: it must travel to the dead letters and be recorded there.
POISON = '{"storm": "a job that nobody can read"}'
# Nobody waits longer than this for a shorter queue: a storm goes on even where the product is slow.
_ROOM_AT_MOST_S = 10.0
_TICK_S = 0.05
# Spreads the status webhooks: when all workers are killed at once, they would start 30 of ingress.
_STATUS_DELAY_S = 0.5


@dataclass(slots=True)
class Course:
    """What happened. began_at: epoch seconds. posting_s: until the last webhook was acknowledged."""

    began_at: float
    deliveries: list[Delivery] = field(default_factory=list)
    acts: list[Done] = field(default_factory=list)
    killed: Counter[str] = field(default_factory=Counter)
    rivals: Counter[str] = field(default_factory=Counter)
    posting_s: float = 0.0


class Progress:
    """How much of the plan was acknowledged, for all who wait for a moment of it."""

    def __init__(self, posts: int) -> None:
        self._posts = posts
        self._acked = 0
        self._newest: dict[int, Said] = {}
        self._lock = threading.Lock()
        self.ended = threading.Event()

    def acked(self, post: Post) -> None:
        with self._lock:
            self._acked += 1
            for said in post.items:
                if said.starts_turn and not post.number:
                    self._newest[said.person] = said

    def newest_of(self, person: int) -> Said | None:
        with self._lock:
            return self._newest.get(person)

    def wait(self, at: float) -> None:
        """Returns when the share `at` of all posts was acknowledged, or the storm has ended."""
        while self._acked < at * self._posts and not self.ended.wait(_TICK_S):
            pass

    def wait_for(self, person: int) -> None:
        """Returns when a message of this customer was acknowledged, or the storm has ended."""
        while self.newest_of(person) is None and not self.ended.wait(_TICK_S):
            pass


class Storm:
    """progress lines go to `say`."""

    def __init__(self, stack: Stack, plan: Plan, trouble: Trouble, say: Callable[[str], None]) -> None:
        self._stack = stack
        self._plan = plan
        self._trouble = trouble
        self._say = say
        self._meta = MetaSide(stack.endpoints.graph_api.outbox_url)
        self._queues = Queues(stack)
        self._chaos = Chaos(stack, plan)
        self._operators = Operators(stack, plan)
        self._progress = Progress(len(plan.posts))
        self._course = Course(time.time())

    def run(self) -> Course:
        """Returns when everything was posted and acknowledged and nothing is broken any more.

        Raises:
            NeverAcknowledged, NobodyAnswers: see there.
        """
        self._stack.controls.set_faults(self._trouble.functions)
        self._meta.order(self._trouble.graph_faults)
        self._meta.slow_down_statuses(_STATUS_DELAY_S)
        self._queues.put_raw("MessagesQueue", POISON, "poison")
        try:
            with Watch(self._queues, self._meta) as watch, self._interventions():
                self._post_all(watch)
        finally:
            self._stack.controls.throttle()
        self._course.killed, self._course.rivals = self._chaos.killed, self._chaos.rivals
        return self._course

    def _post_all(self, watch: Watch) -> None:
        course = self._course
        poster = Poster(self._plan, self._stack.endpoints.whatsapp, course.began_at, lambda: watch.accepted)
        for wave in range(WAVES):
            posts: queue.SimpleQueue[Post] = queue.SimpleQueue()
            for post in self._plan.wave(wave):
                posts.put(post)
            with ThreadPoolExecutor(THREADS, "storm-post") as threads:
                working = [threads.submit(self._post_some, posts, poster, watch) for _ in range(THREADS)]
            for each in working:
                each.result()
            self._say(f"wave {wave + 1} of {WAVES} acknowledged after {time.time() - course.began_at:.0f} s")
        course.posting_s = time.time() - course.began_at

    def _post_some(self, posts: "queue.SimpleQueue[Post]", poster: Poster, watch: Watch) -> None:
        while True:
            try:
                post = posts.get_nowait()
            except queue.Empty:
                return
            watch.wait_for_room(_ROOM_AT_MOST_S)
            self._course.deliveries.append(poster.deliver(post))
            self._progress.acked(post)

    @contextmanager
    def _interventions(self) -> Iterator[None]:
        """Everything that happens beside the posting, each script in a thread of its own."""
        trouble = self._trouble
        scripts: list[Callable[[], None]] = [self._kill_all, self._throttle_all]
        scripts += [partial(self._operate, person, acts) for person, acts in trouble.acts.items()]
        scripts += [partial(self._rival_all, trouble.rivals[first::2]) for first in range(2)]
        with ThreadPoolExecutor(len(scripts), "storm-beside") as threads:
            running: list[Future[None]] = [threads.submit(script) for script in scripts]
            try:
                yield
            finally:
                self._progress.ended.set()
        for each in running:
            each.result()

    def _kill_all(self) -> None:
        for order in self._trouble.kills:
            self._progress.wait(order.at)
            self._chaos.kill(order)

    def _throttle_all(self) -> None:
        for order in self._trouble.throttles:
            self._progress.wait(order.at)
            self._chaos.throttle(order, self._progress.ended)

    def _operate(self, person: int, acts: tuple[Act, ...]) -> None:
        self._progress.wait_for(person)
        for act in acts:
            self._progress.wait(act.at)
            self._course.acts.append(self._operators.act(person, act))

    def _rival_all(self, rivals: tuple[Rival, ...]) -> None:
        for rival in rivals:
            self._progress.wait(rival.at)
            said = self._progress.newest_of(rival.person)
            if said is not None:
                self._chaos.rival(said)
