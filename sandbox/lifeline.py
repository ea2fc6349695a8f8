"""A child that must not outlive its parent, however the parent ends.

The parent gives the child a pipe as standard input and never writes to it; when the parent is gone,
even by kill -9, the pipe ends. (PR_SET_PDEATHSIG would do on Linux only, and it follows the thread
that forked, not the process.)
"""

import os
import signal
import threading


def die_with_parent() -> None:
    """Kills this process's whole group when standard input ends. Call it first in a child.

    The child must lead a process group of its own (`start_new_session=True`), so that its workers go too.
    """
    threading.Thread(target=_watch, name="lifeline", daemon=True).start()


def _watch() -> None:
    while os.read(0, 1):
        pass
    os.killpg(os.getpgid(0), signal.SIGKILL)
