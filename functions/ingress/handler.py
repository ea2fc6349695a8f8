"""Ingress: takes what WhatsApp sends, and answers 200 only when all of it is stored and queued."""

from sahut.runtime.ingress_app import ingress_handler

handler = ingress_handler()
