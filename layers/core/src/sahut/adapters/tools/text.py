"""What tools say, as text for models and people."""

from __future__ import annotations

import json
from collections.abc import Mapping


def readable(value: object, at: str = "") -> str:
    """JSON as lines of `field: value`, as a model and the checks of its answer read best."""
    if isinstance(value, Mapping):
        return "\n".join(readable(each, f"{at}.{name}" if at else str(name)) for name, each in value.items())
    if isinstance(value, list):
        return "\n".join(
            readable(each, f"{at}.{number}" if at else str(number)) for number, each in enumerate(value, 1)
        )
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"{at}: {text}" if at else text
