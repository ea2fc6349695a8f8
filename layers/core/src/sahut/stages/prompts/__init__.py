"""What models are told: Markdown files, packaged. Their version is in every answer's ledger.

The first line of a file is `<!-- version N -->`; whoever changes a prompt raises it.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

_VERSION = re.compile(r"<!-- version (\d+) -->\n+")


@dataclass(frozen=True, slots=True)
class Prompt:
    name: str
    version: int
    text: str

    @property
    def label(self) -> str:
        """As the ledger names it, e.g. answer@2."""
        return f"{self.name}@{self.version}"

    def fill(self, **values: str) -> str:
        """The text with every `{{name}}` replaced, once: a value can't bring in another."""
        return re.sub(r"\{\{(\w+)\}\}", lambda found: values[found[1]], self.text)


# Where replay looks first, to try other words; nobody else sets it.
_tried: list[Path] = []


def use_folder(folder: Path) -> None:
    """Takes prompts from a folder from now on, those that it has."""
    _tried[:] = [folder]
    prompt.cache_clear()


@cache
def prompt(name: str) -> Prompt:
    """The prompt of this name.

    Raises:
        ValueError: it does not begin with its version.
    """
    tried = [folder / f"{name}.md" for folder in _tried if (folder / f"{name}.md").exists()]
    file = tried[0] if tried else resources.files(__name__) / f"{name}.md"
    whole = file.read_text(encoding="utf-8")
    found = _VERSION.match(whole)
    if found is None:
        raise ValueError(f"prompt {name} does not begin with its version")
    return Prompt(name, int(found[1]), whole[found.end() :].strip())
