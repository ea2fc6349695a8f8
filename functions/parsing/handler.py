"""Parsing: files of any kind into passages."""

from sahut.runtime.entrypoint import stage_handler
from sahut.stages.read_documents import read_documents

handler = stage_handler(read_documents)
