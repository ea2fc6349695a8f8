"""Building: passages and vectors into one immutable version."""

from sahut.runtime.entrypoint import stage_handler
from sahut.stages.build_version import build_version

handler = stage_handler(build_version)
