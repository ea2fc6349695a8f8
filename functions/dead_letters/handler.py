"""Dead letters: records what failed for good and gives its conversation to a person."""

from sahut.runtime.entrypoint import queue_handler
from sahut.runtime.notes import count_open_letters
from sahut.stages.bury import bury

handler = queue_handler(bury, after=count_open_letters)
