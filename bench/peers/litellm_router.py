"""LiteLLM's Router as its documentation shows it, and the bare `openai` client of the same environment.

Runs inside `.bench/litellm-venv`, never inside Sahut's environment: `python litellm_router.py`. A line of
JSON in is one call, a line out is what it came to. Time-outs, retries and the time that an endpoint rests are
given with the call: the same as ours.
"""

import asyncio
import json
import os
import sys
import time
from typing import Any

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else it fetches prices from the internet

import litellm  # type: ignore[import-not-found,unused-ignore]
import openai

litellm.telemetry = False
litellm.suppress_debug_info = True

Said = dict[str, Any]


class Peer:
    def __init__(self) -> None:
        self._routers: dict[str, Any] = {}
        self._bare: dict[str, openai.AsyncOpenAI] = {}

    async def router(self, name: str, way: str, models: list[Said], limits: Said) -> Said:
        """way: "fallbacks" names each model and lists who follows; "order" has one group with priorities."""
        listed = []
        for place, model in enumerate(models, start=1):
            parameters = {
                "model": f"openai/{model['model']}",
                "api_base": model["base_url"],
                "api_key": model["key"],
            }
            if way == "order":
                parameters["order"] = place
            listed.append(
                {
                    "model_name": "answer" if way == "order" else model["model"],
                    "litellm_params": parameters,
                }
            )
        names = [model["model"] for model in models]
        following = {} if way == "order" else {"fallbacks": [{names[0]: names[1:]}]}
        self._routers[name] = litellm.Router(model_list=listed, **following, **limits)
        return {}

    async def ask(self, name: str, model: str, body: Said) -> Said:
        """What the caller has in the end, word for word, or the error that it sees."""
        asked = {key: value for key, value in body.items() if key != "model"}
        said, error = "", ""
        began = now()
        try:
            reply = await self._routers[name].acompletion(model=model, **asked)
            if body.get("stream"):
                async for chunk in reply:
                    said += (chunk.choices[0].delta.content or "") if chunk.choices else ""
            else:
                said = reply.choices[0].message.content or ""
        except Exception as failed:  # noqa: BLE001 - whatever it raises is what its caller sees
            error = type(failed).__name__
        return {**since(began), "text": said, "error": error}

    async def bare(self, base_url: str, key: str, body: Said) -> Said:
        if base_url not in self._bare:
            self._bare[base_url] = openai.AsyncOpenAI(base_url=base_url, api_key=key, max_retries=0)
        client: Any = self._bare[base_url]
        began = now()
        said = ""
        async for chunk in await client.chat.completions.create(**body):
            said += (chunk.choices[0].delta.content or "") if chunk.choices else ""
        if not said:
            raise AssertionError("the model said nothing")
        return since(began)


def now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def since(began: tuple[float, float]) -> Said:
    """Milliseconds of the clock, and of the processor in all threads of this process."""
    ended = now()
    return {"ms": 1000 * (ended[0] - began[0]), "cpu_ms": 1000 * (ended[1] - began[1])}


async def main() -> None:
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the library prints is not a reply
    peer = Peer()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        call = json.loads(line)
        done = await getattr(peer, call.pop("do"))(**call)
        replies.write(json.dumps(done) + "\n")
        replies.flush()


if __name__ == "__main__":
    asyncio.run(main())
