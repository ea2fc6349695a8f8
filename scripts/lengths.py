"""Short files, short functions: `python -m scripts.lengths` lists what is too long.

A limit is a question ("is this two things?"), so there is no list of exceptions.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MAX_FILE_LINES = 320
# "Below about 30": the signature counts, the docstring and comments don't.
MAX_FUNCTION_LINES = 35


def python_files(root: Path = ROOT) -> list[Path]:
    """All that git knows or would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"]
    listing = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    return [path for name in listing.splitlines() if (path := root / name).exists()]


def too_long(path: Path) -> Iterator[str]:
    """What is over the limits in one file, one line each."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    if len(lines) > MAX_FILE_LINES:
        yield f"{path}: {len(lines)} lines, at most {MAX_FILE_LINES}"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            count = _code_lines(node, lines)
            if count > MAX_FUNCTION_LINES:
                where = f"{path}:{node.lineno}: {node.name}"
                yield f"{where} has {count} lines of code, at most {MAX_FUNCTION_LINES}"


def _code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef, lines: list[str]) -> int:
    skipped = range(0)
    if ast.get_docstring(node, clean=False) is not None:
        docstring = node.body[0]
        skipped = range(docstring.lineno, (docstring.end_lineno or docstring.lineno) + 1)
    numbers = range(node.lineno, (node.end_lineno or node.lineno) + 1)
    kept = (lines[number - 1].strip() for number in numbers if number not in skipped)
    return sum(1 for line in kept if line and not line.startswith("#"))


def main() -> int:
    problems = [problem for path in python_files() for problem in too_long(path)]
    print("\n".join(problems) or "no file or function is too long")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
