"""`python -m tests.storm --messages 5000 --seed 7`: a storm of any size, outside pytest."""

import argparse
import sys
import time

from tests.storm.quiet import Stuck
from tests.storm.session import storm


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.storm", description=__doc__)
    parser.add_argument("--messages", type=int, default=1200, help="that start turns; default 1200")
    parser.add_argument("--seed", type=int, default=0, help="0 takes one from the clock")
    parser.add_argument("--calm", action="store_true", help="the same messages without any trouble")
    arguments = parser.parse_args()
    seed = arguments.seed or int(time.time())
    print(f"storm of {arguments.messages} messages, seed {seed}", flush=True)
    try:
        outcome = storm(arguments.messages, seed, _say, calm=arguments.calm)
    except Stuck as stuck:
        print(f"never became quiet:\n{stuck}")
        return 1
    print(f"\n{outcome}")
    return 0 if outcome.all_kept else 1


def _say(line: str) -> None:
    print(f"  {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
