"""OpenSearch: the engine for tenants that outgrow one file. See docs/runbook/opensearch.md."""

from sahut.adapters.opensearch.client import client_of
from sahut.adapters.opensearch.server import OpenSearchServer, Tier

__all__ = ["OpenSearchServer", "Tier", "client_of"]
