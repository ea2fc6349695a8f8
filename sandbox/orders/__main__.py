"""`python -m sandbox.orders --port 8897 --orders FILE`: serves until it is stopped. Its key: $ORDERS_KEY."""

import argparse
import os
from pathlib import Path

from sandbox.lifeline import die_with_parent
from sandbox.orders.service import load, server


def main() -> None:
    die_with_parent()
    parser = argparse.ArgumentParser(prog="sandbox.orders", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--orders", type=Path, required=True)
    arguments = parser.parse_args()
    with server(load(arguments.orders, os.environ["ORDERS_KEY"]), arguments.port) as running:
        running.serve_forever()


if __name__ == "__main__":
    main()
