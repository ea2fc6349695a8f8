"""Perceiving: what do the customer's voice notes and pictures say?"""

from sahut.runtime.entrypoint import stage_handler
from sahut.stages.perceive import perceive

handler = stage_handler(perceive)
