"""What will happen in the storm, all of it made from a seed: who writes what, in which webhooks, in
which order. Knows no clock: times are seconds since the storm's beginning."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from sandbox.graph_api.webhooks import Customer, wamid
from tests.storm.customers import Person, make_people
from tests.storm.words import SHARES, Intent, burst_words, edited_words

# A wave is acknowledged before the next one begins, so that what Meta tells in order (a changed user
# id) comes in order; the turns of several waves overlap.
WAVES = 6
WAVE_S = 20.0
BURST_SIZES = (1, 2, 3, 4)
BURST_WEIGHTS = (45, 30, 15, 10)
BATCH_SIZES = (1, 1, 2, 3, 5, 8, 12, 16, 20)
# Of the messages: repeated in another webhook, and repeated with their whole webhook.
REPEATED_ALONE = 0.15
REPEATED_WHOLE = 0.15
STATUS_SLOTS = (0, 0, 0, 1, 2, 4)
# A number that no tenant has: Meta's app is shared with somebody who left.
STRANGERS_NUMBER = "100200300400999"


@dataclass(frozen=True, slots=True)
class Said:
    """One item of a customer in a webhook.

    kind: text, image, edit, revoke, reaction, echo, user_id_update, or unreadable. at: seconds since
    the storm's beginning, the customer's clock. target_id: of an edit, a revoke, a reaction; the old
    id of a user_id_update.
    """

    message_id: str
    person: int
    wave: int
    at: float
    kind: str
    customer: Customer
    text: str = ""
    target_id: str = ""
    intent: Intent | None = None

    @property
    def starts_turn(self) -> bool:
        return self.kind in ("text", "image")


@dataclass(frozen=True, slots=True)
class StatusSlot:
    """A status of one of our own messages, whichever Meta has accepted by then: `pick` chooses."""

    pick: float
    state: str
    with_callback: bool


@dataclass(frozen=True, slots=True)
class Post:
    """One delivery of a webhook. Those with the same `webhook` have the same bytes.

    number: set for the number that nobody has.
    """

    webhook: int
    wave: int
    items: tuple[Said, ...]
    statuses: tuple[StatusSlot, ...] = ()
    number: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    seed: int
    people: tuple[Person, ...]
    posts: tuple[Post, ...]
    said: dict[str, Said] = field(repr=False)

    @property
    def messages(self) -> list[Said]:
        """All that start turns."""
        return [said for said in self.said.values() if said.starts_turn]

    def of_kind(self, kind: str) -> list[Said]:
        return [said for said in self.said.values() if said.kind == kind]

    def wave(self, number: int) -> list[Post]:
        return [post for post in self.posts if post.wave == number]

    @property
    def repetitions(self) -> int:
        """How often a message is delivered beyond the first time."""
        sent = [item.message_id for post in self.posts for item in post.items if item.starts_turn]
        return len(sent) - len(set(sent))


def make_plan(seed: int, messages: int) -> Plan:
    """The plan for `messages` messages that start turns, of a quarter as many customers."""
    return _Planner(seed, messages).plan()


class _Planner:
    def __init__(self, seed: int, messages: int) -> None:
        self._seed = seed
        self._rng = Random(seed)
        self._wanted = messages
        self._people = make_people(self._rng, max(10, messages // 4), WAVES)
        self._said: dict[str, Said] = {}
        self._count = 0

    def plan(self) -> Plan:
        waves = self._written()
        self._add_changes(waves)
        self._add_events(waves)
        repeated = self._repeated_alone(waves)
        posts = [post for wave in range(WAVES) for post in self._posts(wave, waves[wave], repeated[wave])]
        posts += self._strange_posts()
        numbered = [replace(post, webhook=number) for number, post in enumerate(posts)]
        return Plan(self._seed, self._people, self._with_whole_copies(numbered), self._said)

    def _say(self, said: Said) -> Said:
        self._said[said.message_id] = said
        return said

    def _new_id(self) -> str:
        self._count += 1
        return wamid(f"storm/{self._seed}/{self._count}")

    def _written(self) -> list[list[Said]]:
        """The customers' own words by wave, in the order in which they were written."""
        waves: list[list[Said]] = [[] for _ in range(WAVES)]
        left = self._wanted
        turn_of = self._people
        for number in range(10**6):
            # everybody writes in the first wave: later ones may then name them by one name only
            person = turn_of[number] if number < len(turn_of) else self._rng.choice(turn_of)
            wave = 0 if number < len(turn_of) else self._wave_of(person)
            size = min(left, self._rng.choices(BURST_SIZES, BURST_WEIGHTS)[0])
            waves[wave] += self._burst(person, wave, size)
            left -= size
            if left <= 0:
                break
        return [sorted(wave, key=lambda said: said.at) for wave in waves]

    def _wave_of(self, person: Person) -> int:
        free = [wave for wave in range(1, WAVES) if wave != person.update_wave]
        return self._rng.choice(free)

    def _burst(self, person: Person, wave: int, size: int) -> Iterator[Said]:
        intent = self._rng.choices(list(SHARES), list(SHARES.values()))[0]
        at = wave * WAVE_S + self._rng.random() * (WAVE_S - 6)
        customer = person.writes_as(wave, self._rng)
        for text in burst_words(self._rng, intent, person.tenant, size):
            at += self._rng.random() * 1.5
            kind = "text" if text else "image"
            yield self._say(Said(self._new_id(), person.index, wave, at, kind, customer, text, intent=intent))

    def _add_changes(self, waves: list[list[Said]]) -> None:
        """Edits and revokes, in the same wave or the next: at times before what they change."""
        for wave in range(WAVES):
            for said in [each for each in waves[wave] if each.kind == "text"]:
                dice = self._rng.random()
                if dice < 0.09:
                    kind = "edit" if dice < 0.045 else "revoke"
                    self._change(waves, said, kind)

    def _change(self, waves: list[list[Said]], said: Said, kind: str) -> None:
        person = self._people[said.person]
        later = said.wave + (self._rng.random() < 0.25)
        wave = later if later < WAVES and later != person.update_wave else said.wave
        text = edited_words(self._rng, person.tenant) if kind == "edit" else ""
        change = Said(
            self._new_id(), said.person, wave, said.at + 2, kind, said.customer, text, said.message_id
        )
        # right behind its message: a customer who takes back what they just sent
        self._insert(waves[wave], self._say(change), behind=said if wave == said.wave else None)

    def _insert(self, wave: list[Said], said: Said, behind: Said | None = None) -> None:
        at = wave.index(behind) + 1 if behind in wave else self._rng.randint(0, len(wave))
        wave.insert(at, said)

    def _add_events(self, waves: list[list[Said]]) -> None:
        """What starts no turn: changed user ids, reactions, words of the staff's own phone."""
        for person in self._people:
            if person.update_wave:
                changed = person.writes_as(person.update_wave + 1, self._rng)
                self._event(waves, person, person.update_wave, "user_id_update", changed, person.user_id)
        for said in self._rng.sample(waves[0], len(waves[0]) // 15):
            self._event(waves, self._people[said.person], 1, "reaction", said.customer, said.message_id)
        for person in self._echoed():
            wave = self._rng.randint(2, WAVES - 2)
            self._event(waves, person, wave, "echo", person.writes_as(0, self._rng), "")

    def _echoed(self) -> Sequence[Person]:
        steady = [person for person in self._people if not person.update_wave]
        return self._rng.sample(steady, max(1, len(self._people) // 75))

    def _event(
        self, waves: list[list[Said]], person: Person, wave: int, kind: str, customer: Customer, target: str
    ) -> None:
        at = wave * WAVE_S + self._rng.random() * WAVE_S
        text = {"reaction": "👍", "echo": "Our colleague writes from the phone."}.get(kind, "")
        said = Said(self._new_id(), person.index, wave, at, kind, customer, text, target)
        self._insert(waves[wave], self._say(said))

    def _repeated_alone(self, waves: list[list[Said]]) -> list[list[Said]]:
        """Messages that come once more in another webhook, of this wave or a later one."""
        repeated: list[list[Said]] = [[] for _ in range(WAVES)]
        for number, wave in enumerate(waves):
            chosen = [said for said in wave if said.starts_turn and self._rng.random() < REPEATED_ALONE]
            for said in chosen:
                repeated[min(WAVES - 1, number + self._rng.choice((0, 0, 1, 2)))].append(said)
        return repeated

    def _posts(self, number: int, wave: Sequence[Said], repeated: Sequence[Said]) -> Iterator[Post]:
        """The wave shuffled a little, and cut into webhooks."""
        order = sorted(range(len(wave)), key=lambda at: at + self._rng.gauss(0, 5))
        items = [wave[at] for at in order]
        for said in repeated:
            items.insert(self._rng.randint(0, len(items)), said)
        while items:
            size = self._rng.choice(BATCH_SIZES)
            slots = tuple(self._slot() for _ in range(min(20 - size, self._rng.choice(STATUS_SLOTS))))
            yield Post(0, number, tuple(items[:size]), slots)
            del items[:size]

    def _slot(self) -> StatusSlot:
        state = self._rng.choice(("sent", "delivered", "delivered", "read"))
        return StatusSlot(self._rng.random(), state, self._rng.random() < 0.7)

    def _strange_posts(self) -> list[Post]:
        """Webhooks for a number that nobody has, and items that nobody can read."""
        somebody = self._people[0]
        posts = []
        for kind, number in (("text", STRANGERS_NUMBER), ("unreadable", "")):
            for wave in (0, 3):
                customer = Customer(phone=f"4477009{wave:05d}", name="Nobody")
                said = Said(self._new_id(), somebody.index, wave, wave * WAVE_S, kind, customer, "hello?")
                posts.append(Post(0, wave, (said,), number=number))
        return posts

    def _with_whole_copies(self, posts: Sequence[Post]) -> tuple[Post, ...]:
        """Meta repeats a webhook as a whole: right behind the first, or some webhooks later."""
        result: list[Post] = []
        for wave in range(WAVES):
            mine = [post for post in posts if post.wave == wave]
            for post in [each for each in mine if self._rng.random() < REPEATED_WHOLE]:
                mine.insert(mine.index(post) + self._rng.choice((1, 1, 2, 6)), post)
            result += mine
        return tuple(result)
