"""`python -m sandbox.graph_api --config config.json --port 8899`: serves one fake on loopback."""

import argparse
from pathlib import Path

import uvicorn

from sandbox.graph_api.app import create_app
from sandbox.graph_api.config import GraphConfig


def main() -> None:
    """Reads the arguments and serves until it is stopped."""
    parser = argparse.ArgumentParser(prog="sandbox.graph_api", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="JSON file with the fields of GraphConfig")
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    config = GraphConfig.model_validate_json(arguments.config.read_text(encoding="utf-8"))
    # A held connection (a time-out fault) must not hold up Ctrl-C.
    uvicorn.run(
        create_app(config),
        host="127.0.0.1",
        port=arguments.port,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
