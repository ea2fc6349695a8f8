"""The emulator's own process: MiniStack with our patches. Run as `python -m sandbox.emulator`.

Configured by environment (see `environment`), as MiniStack is. It dies with whoever started it.
"""

import os
from pathlib import Path

from sandbox.denials import DenialsNoted
from sandbox.lifeline import die_with_parent

HEALTH_PATH = "/_ministack/health"
REGION = "us-east-1"


def environment(port: int, state: Path, auth: bool) -> dict[str, str]:
    """The whole environment of the emulator: nothing of the developer's AWS settings reaches it.

    state: the sandbox's folder; `tmp` in it is for extracted code. auth: enforce IAM policies.
    """
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",  # the default listens to the whole network
        "MINISTACK_HOST": "localhost",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "TMPDIR": str(state / "tmp"),
        "LOG_LEVEL": "INFO",
        "AUTH": "true" if auth else "false",
        "SANDBOX_STATE": str(state),
        "PYTHONUNBUFFERED": "1",
    }


def main() -> None:
    die_with_parent()
    # Imported late: the environment decides what these modules do when they are loaded.
    from ministack import app as ministack  # noqa: PLC0415

    from sandbox import patches, throttling  # noqa: PLC0415

    state = Path(os.environ["SANDBOX_STATE"])
    patches.apply()
    throttling.install(state / "throttle.json")
    if ministack.AUTH:
        ministack.app = DenialsNoted(ministack.app, state / "denials.log")
    ministack.main()


if __name__ == "__main__":
    main()
