"""Embedding: passages into vectors."""

from sahut.runtime.entrypoint import stage_handler
from sahut.stages.embed_passages import embed_passages

handler = stage_handler(embed_passages)
