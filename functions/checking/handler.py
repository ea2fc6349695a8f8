"""Checking: is a new version as good as the live one?"""

from sahut.runtime.entrypoint import stage_handler
from sahut.stages.check_version import check_version

handler = stage_handler(check_version)
