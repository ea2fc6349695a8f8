"""Gathering: has the customer finished, and which messages are one turn?"""

from sahut.runtime.entrypoint import stage_handler
from sahut.stages.gather import gather

handler = stage_handler(gather)
