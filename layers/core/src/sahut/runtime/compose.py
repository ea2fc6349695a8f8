"""One function per stage: what it needs. The name is the stage's."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sahut.runtime.bootstrap import Composition, alert_tenant, new_id
from sahut.runtime.compose_knowledge import (
    activate_version,
    build_version,
    check_version,
    close_build,
    collect,
    embed_passages,
    fetch_sources,
    manage_knowledge,
    plan_build,
    read_documents,
    search_knowledge,
)

if TYPE_CHECKING:
    from sahut.stages.accept import Accepting
    from sahut.stages.bury import Burying
    from sahut.stages.deliver import Delivery
    from sahut.stages.dispatch import Dispatching
    from sahut.stages.gather import Gathering
    from sahut.stages.generate import Generating
    from sahut.stages.hand_over import HandingOver
    from sahut.stages.operate import Operating
    from sahut.stages.perceive import Perceiving
    from sahut.stages.redrive import Redriving
    from sahut.stages.retrieve import Retrieving
    from sahut.stages.route import Routing
    from sahut.stages.settle import Settling
    from sahut.stages.sockets import Socketing
    from sahut.stages.use_tool import ToolUsing
    from sahut.stages.webchat import Webchat

__all__ = [
    "accept", "bury", "deliver", "dispatch", "gather", "generate", "hand_over", "operate", "redrive",
    "retrieve", "route", "settle", "sockets", "webchat",
    "activate_version", "build_version", "check_version", "close_build", "collect", "embed_passages",
    "fetch_sources", "manage_knowledge", "plan_build", "read_documents", "search_knowledge",
]  # fmt: skip


def accept(made: Composition) -> Accepting:
    from sahut.runtime.notes import CountedLetters, TenantNotices
    from sahut.stages.accept import Accepting

    return Accepting(
        tenant_of=made.registry.tenant_of_batch,
        numbers_of=lambda tenant: made.registry.profile(tenant).phone_number_ids,
        inbound=made.inbound,
        amendments=made.amendments,
        queue=made.dispatch_queue,
        settle=made.settle_queue,
        letters=CountedLetters(made.letters),
        notices=TenantNotices(made.account_notices),
        clock=made.clock,
    )


def dispatch(made: Composition) -> Dispatching:
    from sahut.adapters.stepfunctions.machines import ExpressAnswerMachine
    from sahut.runtime.notes import TypingSign
    from sahut.stages.dispatch import Dispatching

    settings = made.settings
    settings.need("answer_machine_arn")
    # Never retried: a second StartSyncExecution is a second execution (FACTS §1).
    client = made.client(
        "stepfunctions",
        read_timeout=settings.dispatch_read_timeout_s,
        retries={"total_max_attempts": 1},
    )
    return Dispatching(
        messages=made.inbound,
        turns=made.turns,
        machine=ExpressAnswerMachine(client, settings.answer_machine_arn),
        show_typing=TypingSign(made.sender_of),
        clock=made.clock,
        turn_deadline_s=settings.turn_deadline_s,
    )


def gather(made: Composition) -> Gathering:
    from sahut.runtime.notes import MediaNotes
    from sahut.stages.fetch_media import MediaFetcher
    from sahut.stages.gather import Gathering

    media = MediaFetcher(made.turns, lambda: made.documents, made.sender_of, MediaNotes())
    return Gathering(made.turns, media, made.clock, time.sleep, new_id)


def perceive(made: Composition) -> Perceiving:
    from sahut.runtime.models import ModelClients
    from sahut.stages.perceive import Perceiving
    from sahut.stages.spend import Booking

    clients = ModelClients(made)
    return Perceiving(
        turns=made.turns,
        objects=made.documents,
        profile_of=made.registry.profile,
        models_of=made.fuse.models,
        chat_of=clients.chat,
        speech_of=clients.speech,
        booking=Booking(made.spending, made.fuse.booked, made.clock, new_id),
        trying=clients.trying,
    )


def route(made: Composition) -> Routing:
    from sahut.runtime.models import ModelClients
    from sahut.stages.confirm import Confirming
    from sahut.stages.intend import Intending
    from sahut.stages.route import Routing
    from sahut.stages.spend import Booking

    clients = ModelClients(made)
    return Routing(
        turns=made.turns,
        profile_of=made.registry.profile,
        confirming=Confirming(made.turns, made.tool_uses, made.clock),
        intending=Intending(made.fuse.models, clients.chat, clients.intents, clients.trying),
        booking=Booking(made.spending, made.fuse.booked, made.clock, new_id),
    )


def retrieve(made: Composition) -> Retrieving:
    from sahut.runtime.notes import RerankerNotes
    from sahut.runtime.rerankers import Rerankers
    from sahut.stages.retrieve import Retrieving

    knows = made.knowledge
    return Retrieving(
        turns=made.turns,
        profile_of=made.registry.profile,
        live=knows.versions.live,
        open=knows.shelf.open,
        query_vector=knows.vectors,
        reranker_of=Rerankers(made).of,
        tools_of=made.tool_registry.of,
        notes=RerankerNotes(),
    )


def generate(made: Composition) -> Generating:
    from sahut.runtime.models import ModelClients
    from sahut.stages.generate import Generating
    from sahut.stages.release import Releasing
    from sahut.stages.spend import Booking
    from sahut.stages.write_answer import Writing

    clients = ModelClients(made)
    return Generating(
        turns=made.turns,
        profile_of=made.registry.profile,
        writing=Writing(made.fuse.models, clients.chat, clients.trying),
        tools_of=made.tool_registry.of,
        uses=made.tool_uses,
        releasing=Releasing(made.turns, made.sending, made.live, made.clock, made.voice.until),
        listening=lambda head: made.is_connected(head.ref),
        booking=Booking(made.spending, made.fuse.booked, made.clock, new_id),
        clock=made.clock,
    )


def use_tool(made: Composition) -> ToolUsing:
    from sahut.runtime.tool_callers import ToolCallers
    from sahut.stages.use_tool import ToolUsing

    callers = ToolCallers(made)
    return ToolUsing(made.turns, made.tool_uses, made.tool_registry.of, callers.of, made.clock)


def deliver(made: Composition) -> Delivery:
    from sahut.stages.deliver import Delivery

    return Delivery(made.turns, made.voice, made.settle_later)


def hand_over(made: Composition) -> HandingOver:
    from sahut.stages.hand_over import HandingOver

    return HandingOver(
        turns=made.turns,
        ownership=made.ownership,
        machine=made.hand_over_machine,
        settle_later=made.settle_later,
        profile_of=made.registry.profile,
        clock=made.clock,
        new_id=new_id,
    )


def settle(made: Composition) -> Settling:
    from sahut.stages.settle import Settling

    return Settling(made.turns, hand_over(made), alert_tenant)


def bury(made: Composition) -> Burying:
    from sahut.runtime.notes import CountedLetters
    from sahut.stages.bury import Burying

    letters = CountedLetters(made.letters)
    return Burying(made.inbound, made.turns, hand_over(made), letters, made.clock)


def webchat(made: Composition) -> Webchat:
    from sahut.stages.webchat import Webchat

    return Webchat(made.inbound, made.dispatch_queue, made.turns, made.inbox, made.clock, time.sleep)


def sockets(made: Composition) -> Socketing:
    from sahut.runtime.message_views import message_json
    from sahut.stages.sockets import Socketing

    return Socketing(
        connections=made.sockets,
        reply=made.push,
        webchat=webchat(made),
        origins_of=lambda tenant: made.registry.profile(tenant).allowed_origins,
        view=lambda line, tenant: message_json(line, tenant, made.citation_links.path),
    )


def operate(made: Composition) -> Operating:
    from sahut.stages.operate import Operating

    return Operating(made.turns, made.ownership, made.voice, time.sleep)


def redrive(made: Composition) -> Redriving:
    from sahut.stages.redrive import Redriving

    return Redriving(
        turns=made.turns,
        messages=made.inbound,
        ownership=made.ownership,
        queue=made.dispatch_queue,
        letters=made.letters,
        accepting=lambda: accept(made),
        clock=made.clock,
    )
