"""State machines from YAML (how we write them) to JSON (all that the emulator executes).

AWS takes the YAML as it is. Substitutions stay in the text: CloudFormation fills them in on both.
"""

import json
import re
from pathlib import Path

import yaml

# A number's placeholder was plain in YAML; JSON's quotes around it would make the number a string.
_QUOTED_NUMBER = re.compile(r'("(?:TimeoutSeconds|HeartbeatSeconds|Seconds|MaxConcurrency)": )"(\$\{\w+\})"')


def to_json(source: Path) -> str:
    """The definition in `source` as JSON, with numeric placeholders unquoted."""
    definition = yaml.safe_load(source.read_text())
    return _QUOTED_NUMBER.sub(r"\1\2", json.dumps(definition, indent=1))
