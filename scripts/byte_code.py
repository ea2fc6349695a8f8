"""Puts byte code beside every module of a finished build: `python -m scripts.byte_code FOLDER`.

A function's files are read-only on AWS, so a module without byte code is compiled in every cold
start. The code must be of the Python that will run it, which is the one that built it.
"""

import compileall
import py_compile
import sys
from pathlib import Path


def add_byte_code(folder: Path) -> bool:
    """True when every module could be compiled. Not tied to file times: packing changes them."""
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    return bool(compileall.compile_dir(folder, quiet=1, force=True, invalidation_mode=mode, workers=0))


if __name__ == "__main__":
    sys.exit(0 if add_byte_code(Path(sys.argv[1])) else 1)
