"""Pages on the web, fetched politely and never from a private network. See ports/web.py."""

from sahut.adapters.web.fetcher import Manners, PoliteFetcher
from sahut.adapters.web.sitemaps import XmlSitemaps

__all__ = ["Manners", "PoliteFetcher", "XmlSitemaps"]
