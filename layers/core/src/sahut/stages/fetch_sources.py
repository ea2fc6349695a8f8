"""Fetch the sources: a knowledge base's pages and sitemaps on the web, into its originals.

The looking itself is stages/refresh_sources.py's; this is its place in the workflow.
"""
