"""Retrieval: which passages of the tenant's documents speak of this?"""

from sahut.runtime.entrypoint import stage_handler
from sahut.stages.retrieve import retrieve

handler = stage_handler(retrieve)
