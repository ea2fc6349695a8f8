"""Fetching: an organisation's pages on the web into its documents."""

from sahut.runtime.entrypoint import stage_handler
from sahut.stages.fetch_sources import fetch_sources

handler = stage_handler(fetch_sources)
