"""Generation: what do the passages answer, and is that safe to send?"""

from sahut.runtime.entrypoint import stage_handler
from sahut.stages.generate import generate

handler = stage_handler(generate)
