"""Delivery: sends each part of a reply once, behind the fence."""

from sahut.runtime.entrypoint import stage_handler
from sahut.stages.deliver import deliver

handler = stage_handler(deliver)
