"""Tools: makes one call that a model asked for, and keeps what came of it."""

from sahut.runtime.entrypoint import stage_handler
from sahut.stages.use_tool import use_tool

handler = stage_handler(use_tool)
