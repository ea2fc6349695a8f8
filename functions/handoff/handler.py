"""Handoff: gives the conversation to a person, and says why."""

from sahut.runtime.entrypoint import stage_handler
from sahut.stages.hand_over import hand_over

handler = stage_handler(hand_over)
