"""The environment, read once. Every missing name is reported in one error, not one at a time."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields


class MissingSettings(Exception):
    """names: the environment variables that this function needs and does not have."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(f"missing environment variables: {', '.join(names)}")
        self.names = names


@dataclass(frozen=True, slots=True)
class Settings:
    """Names are the environment's in lower case; `_s` are seconds.

    A function has only what it uses: reading a name that is not set raises MissingSettings.
    """

    conversations_table: str = ""
    logs_table: str = ""
    registry_table: str = ""
    once_table: str = ""
    messages_queue_url: str = ""
    settle_queue_url: str = ""
    documents_bucket: str = ""
    indexes_bucket: str = ""
    answer_machine_arn: str = ""
    hand_over_machine_arn: str = ""
    reindex_machine_arn: str = ""
    knowledge_queue_url: str = ""
    searching_function: str = ""
    opensearch_url: str = ""
    opensearch_tier: str = "dedicated"
    sockets_url: str = ""
    aws_region: str = ""
    crawler_user_agent: str = ""
    secrets_prefix: str = ""
    model_addresses: str = "public"
    tool_addresses: str = "public"
    tool_hosts: str = "*"
    tool_functions: str = ""
    graph_api_url: str = ""
    turn_deadline_s: float = 90.0
    dispatch_read_timeout_s: float = 130.0
    settle_delay_s: float = 60.0
    http_timeout_s: float = 10.0

    def need(self, *names: str) -> None:
        """Raises MissingSettings with every one of `names` that is not set."""
        missing = [name.upper() for name in names if not getattr(self, name)]
        if missing:
            raise MissingSettings(missing)


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Reads what is set; numbers that are none are reported together.

    Raises:
        ValueError: names every variable whose value is no number.
    """
    source = os.environ if environment is None else environment
    values: dict[str, str | float] = {}
    wrong: list[str] = []
    for field in fields(Settings):
        text = source.get(field.name.upper())
        if text is None:
            continue
        try:
            values[field.name] = float(text) if field.name.endswith("_s") else text
        except ValueError:
            wrong.append(field.name.upper())
    if wrong:
        raise ValueError(f"not numbers: {', '.join(wrong)}")
    return Settings(**values)  # type: ignore[arg-type]  # each value has its field's type by its suffix
