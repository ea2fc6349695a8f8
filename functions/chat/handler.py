"""Chat: webchat visitors, backends and operators, over one HTTP API."""

from sahut.runtime.chat_app import chat_handler

handler = chat_handler()
