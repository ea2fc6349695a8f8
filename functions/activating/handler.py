"""Activating: which version answers from now on?"""

from sahut.runtime.entrypoint import stage_handler
from sahut.stages.activate_version import activate_version

handler = stage_handler(activate_version)
