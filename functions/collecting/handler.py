"""Collecting: something changed in a knowledge base; is a build running?"""

from sahut.runtime.entrypoint import queue_handler
from sahut.stages.collect import collect

handler = queue_handler(collect)
