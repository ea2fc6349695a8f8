"""Plug-ins that come with Sahut: each a function with rights of its own, unused until a tenant names it."""
