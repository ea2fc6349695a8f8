"""Routing: which kind of help is this, and may a machine answer it?"""

from sahut.runtime.entrypoint import stage_handler
from sahut.stages.route import route

handler = stage_handler(route)
