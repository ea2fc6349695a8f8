"""Settling: did the reply arrive whose outcome nobody saw?"""

from sahut.runtime.entrypoint import queue_handler
from sahut.stages.settle import settle

handler = queue_handler(settle)
