"""What Meta posts to us, read into the domain's words. See `webhook` for the rules of reading.

webhook   the envelope: entries × changes, one ChannelBatch each
messages  one item of `messages` or `message_echoes`
words     what a tap, a place, a form or an order says in text
people    who an item is from or to
reports   statuses of our own messages, and fields other than `messages`
reading   fields of foreign JSON: a wrong type reads as a missing field
"""

from sahut.contracts.whatsapp.reading import MalformedWebhook
from sahut.contracts.whatsapp.webhook import parse_webhook

__all__ = ["MalformedWebhook", "parse_webhook"]
