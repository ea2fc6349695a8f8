"""Sockets: who connects to the WebSocket API, what they send, and who leaves."""

from sahut.runtime.socket_events import socket_handler

handler = socket_handler()
