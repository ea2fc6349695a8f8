"""The real worker with a reader that does what a file's name says. Run as a child by test_isolation.py."""

import ctypes
import os
import resource
import signal
import sys
import time
from pathlib import Path

from sahut.adapters.parsers import FileParser
from sahut.adapters.parsers.worker import main
from sahut.ports.parser import ParsedDocument


def _limit_bytes() -> int:
    return resource.getrlimit(resource.RLIMIT_AS)[0]


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
                return ParsedDocument(str(len(bytes(2 * _limit_bytes()))))
            case "abort when memory is full":
                kept = bytearray(_limit_bytes() * 2 // 3)
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
