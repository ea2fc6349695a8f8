"""Agno AgentOS with its WhatsApp interface, set up as its documentation shows.

Runs inside `.bench/agno-venv`, never inside Sahut's environment: `python agno_server.py PORT DB STUB_URL`.
One agent, a SQLite store, the last 3 runs as history, telemetry off (all traffic stays on loopback).
"""

import os
import sys
import threading

import uvicorn
from agno.agent import Agent
from agno.db.sqlite import SqliteDb
from agno.models.openai import OpenAILike
from agno.os import AgentOS
from agno.os.interfaces.whatsapp import Whatsapp, helpers


def die_with_parent() -> None:
    """Ends this process when the pipe on its standard input does: the bench is gone."""

    def watch() -> None:
        while os.read(0, 1):
            pass
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def main() -> None:
    die_with_parent()
    port, database_file, stub_url = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    helpers._BASE_URL = stub_url  # the only way to point it at another Graph API
    agent = Agent(
        name="Shop assistant",
        model=OpenAILike(id="stub", api_key="bench", base_url=f"{stub_url}/v1"),
        db=SqliteDb(db_file=database_file),
        instructions="Answer customers of the shop in one or two sentences.",
        add_history_to_context=True,
        num_history_runs=3,
        telemetry=False,
    )
    agent_os = AgentOS(agents=[agent], interfaces=[Whatsapp(agent=agent)], telemetry=False)
    uvicorn.run(agent_os.get_app(), host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main()
