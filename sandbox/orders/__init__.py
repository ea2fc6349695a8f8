"""A shop's order service, small but real: HTTP, a key, orders that stay cancelled."""
