"""The models' side of the local cloud: a strict fake of OpenAI's API, of Azure's and Gemini's, and of Rasa's.

It refuses what the real ones refuse, fails as they fail when a scenario says so, and remembers all of it.
"""

from sandbox.model_api.asked import Asked, Refused, SentChunk
from sandbox.model_api.rasa import Entity, Parsed
from sandbox.model_api.saying import Say, ToolCall, quote, quote_first_passage
from sandbox.model_api.scenario import Scenario, Step
from sandbox.model_api.serving import API_VERSION, KEY, KEY_NAME, MODEL, ModelApi, model_api

__all__ = [
    "model_api", "ModelApi", "Say", "ToolCall", "Scenario", "Step", "Asked", "Refused", "SentChunk",
    "Entity", "Parsed", "quote", "quote_first_passage", "KEY", "KEY_NAME", "MODEL", "API_VERSION",
]  # fmt: skip
