"""Dispatch: starts the workflow for a conversation, one at a time, and sees how it ends."""

from sahut.runtime.entrypoint import queue_handler
from sahut.stages.dispatch import dispatch

handler = queue_handler(dispatch)
