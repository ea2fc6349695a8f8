"""The local cloud: the real template on an emulator, Meta's side of WhatsApp, and two seeded tenants.

The product knows nothing of this package. Start reading at stack.py.
"""
