"""Meta's side of the local cloud: a strict fake of the WhatsApp Cloud API, a phone and pretend shops.

It knows nothing of Sahut's own code: it speaks HTTP with it, as Meta does.
"""
