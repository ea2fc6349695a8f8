"""Closing: a build is over; has more changed meanwhile?"""

from sahut.runtime.entrypoint import stage_handler
from sahut.stages.close_build import close_build

handler = stage_handler(close_build)
