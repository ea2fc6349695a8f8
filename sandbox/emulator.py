"""The emulator's own process: MiniStack with our patches. Run as `python -m sandbox.emulator`.

Configured by environment (see `environment`), as MiniStack is. It dies with whoever started it.
"""

import os
from pathlib import Path

from sandbox.lifeline import die_with_parent

HEALTH_PATH = "/_ministack/health"
REGION = "us-east-1"


def environment(port: int, scratch: Path, throttle_file: Path, auth: bool) -> dict[str, str]:
    """The whole environment of the emulator: nothing of the developer's AWS settings reaches it.

    scratch: where MiniStack keeps extracted code. auth: enforce IAM policies.
    """
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",  # the default listens to the whole network
        "MINISTACK_HOST": "localhost",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "TMPDIR": str(scratch),
        "LOG_LEVEL": "INFO",
        "AUTH": "true" if auth else "false",
        "SANDBOX_THROTTLE_FILE": str(throttle_file),
        "PYTHONUNBUFFERED": "1",
    }


def main() -> None:
    die_with_parent()
    # Imported late: the environment decides what these modules do when they are loaded.
    from ministack.app import main as serve  # noqa: PLC0415

    from sandbox import patches, throttling  # noqa: PLC0415

    patches.apply()
    throttling.install(Path(os.environ["SANDBOX_THROTTLE_FILE"]))
    serve()


if __name__ == "__main__":
    main()
