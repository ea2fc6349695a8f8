"""Jira look-up: a plug-in that tells a customer how far an issue is."""

from sahut.plugins.jira import jira_lookup

handler = jira_lookup.handler
