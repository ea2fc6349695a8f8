"""The sandbox's emulator, counting: how many requests of which kind, and what each costs it.

Started by `python -m bench profile` in place of the sandbox's own; it serves the same way. On SIGUSR1
it writes its counts to `counts.json` in the sandbox's folder and begins again at zero.
"""

import json
import os
import signal
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import FrameType

from sandbox import emulator, patches

COUNTS = "counts.json"
Reply = tuple[int, dict[str, str], bytes]
Dispatch = Callable[..., Awaitable[Reply]]

_counts: dict[str, list[float]] = defaultdict(lambda: [0, 0.0])


def counted(dispatch: Dispatch) -> Dispatch:
    """Counts requests by service and action, with the seconds of this thread's processor time.

    DynamoDB, SSM and SQS are answered without a pause, so their seconds are their own; those of
    Lambda and Step Functions are counted until they first wait.
    """

    async def count(method: str, path: str, headers: dict[str, str], *rest: object) -> Reply:
        started = time.thread_time()
        try:
            return await dispatch(method, path, headers, *rest)
        finally:
            entry = _counts[_name(method, path, headers)]
            entry[0] += 1
            entry[1] += time.thread_time() - started

    return count


def _name(method: str, path: str, headers: dict[str, str]) -> str:
    """`DynamoDB_20120810.PutItem` → `DynamoDB PutItem`; without a target, method and first folder."""
    target = headers.get("x-amz-target", "")
    if target:
        return target.replace("_20120810", "").replace(".", " ")
    service = headers.get("authorization", "").partition("/us-east-1/")[2].partition("/")[0]
    return f"{service or 'no service'} {method} /{path.lstrip('/').partition('/')[0]}"


def _write(_number: int, _frame: FrameType | None) -> None:
    target = Path(os.environ["SANDBOX_STATE"]) / COUNTS
    draft = target.with_suffix(".draft")
    draft.write_text(json.dumps(_counts))
    draft.replace(target)
    _counts.clear()


def main() -> None:
    apply = patches.apply

    def apply_and_count() -> None:
        apply()
        # Loaded late, as sandbox.emulator does: its environment decides what it becomes.
        from ministack import app  # noqa: PLC0415

        app._dispatch_service_request = counted(app._dispatch_service_request)
        signal.signal(signal.SIGUSR1, _write)

    patches.apply = apply_and_count
    emulator.main()


if __name__ == "__main__":
    main()
