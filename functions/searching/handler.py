"""Searching: what would a question find?"""

from sahut.runtime.entrypoint import stage_handler
from sahut.stages.search_knowledge import search_knowledge

handler = stage_handler(search_knowledge)
