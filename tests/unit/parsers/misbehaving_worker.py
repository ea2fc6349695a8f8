"""The real worker with a reader that does what a file's name says. Run as a child by test_isolation.py."""

import ctypes
import os
import signal
import sys
import time
from pathlib import Path

from sahut.adapters.parsers import FileParser
from sahut.adapters.parsers.worker import main
from sahut.ports.parser import ParsedDocument

MEGABYTE = 2**20


class Misbehaving:
    def parse(self, file: Path, name: str) -> ParsedDocument:
        match name:
            case "segfault":
                ctypes.string_at(0)
            case "hang":
                time.sleep(60)
            case _ if name.startswith("hang with a child "):
                os.spawnlp(os.P_NOWAIT, "sleep", "sleep", name.rpartition(" ")[2])
                time.sleep(60)
            case "allocate":
                return ParsedDocument(str(len(bytes(4096 * MEGABYTE))))
            case "abort when memory is full":
                kept = bytearray(350 * MEGABYTE)
                kept[::4096] = b"x" * len(kept[::4096])
                os.kill(os.getpid(), signal.SIGABRT)
            case "print":
                os.write(1, b"noise from a library\n")
                os.write(2, b"more of it\n" * 50_000)
            case "environment":
                return ParsedDocument(" ".join(sorted(os.environ)))
        return FileParser().parse(file, name)


if __name__ == "__main__":
    sys.exit(main(parser=Misbehaving()))
