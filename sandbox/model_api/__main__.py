"""`python -m sandbox.model_api --port 8898 [--model NAME …] [--scenario FILE]`: serves one fake on loopback.

It answers from the passages in the prompt, so that a model can be shown, and seen failing, without a key.
"""

import argparse
import threading
from pathlib import Path

from sandbox.model_api.serving import KEY, MODEL, model_api


def main() -> None:
    """Reads the arguments and serves until it is stopped."""
    parser = argparse.ArgumentParser(prog="sandbox.model_api", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--model", action="append", help=f"a name that is known; {MODEL} when none is given")
    parser.add_argument("--scenario", type=Path, help="a YAML file of faults")
    arguments = parser.parse_args()
    models = arguments.model or [MODEL]
    with model_api(scenario=arguments.scenario, models=models, port=arguments.port) as api:
        settings = f"SAHUT_MODEL_BASE_URL={api.base_url} SAHUT_MODEL={models[0]} SAHUT_MODEL_KEY={KEY}"
        print(f"{settings} make run", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("stopped")


if __name__ == "__main__":
    main()
