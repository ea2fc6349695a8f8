"""The first event of a cold start: well formed, and about a conversation that does not exist.

So the function does all that a first call makes it do (parse, import, build its clients, ask AWS)
and then ends early.
"""

import json

_DEADLINE = 4_102_444_800.0  # 1 January 2100, seconds since the epoch
_CONVERSATION = {"tenant_id": "toko-melati", "conversation_id": "bench-nobody"}
_TASK = {**_CONVERSATION, "v": 1, "message_id": "wamid.BENCH", "epoch": 1, "deadline": _DEADLINE}
_TURN = {**_TASK, "turn_id": "bench-no-turn"}


def first_event(function: str) -> bytes:
    """The event of this function (its folder's name), as JSON; a turn's task when it is not known."""
    special: dict[str, object] = {
        "gathering": _TASK,
        "handoff": {**_TURN, "reason": "bench"},
        "dispatch": _queue({**_CONVERSATION, "v": 1, "message_id": "wamid.BENCH", "line": 1, "attempt": 1}),
        "settling": _queue({**_CONVERSATION, "v": 1, "turn_id": "bench-no-turn", "cause": "uncertain"}),
        "dead_letters": _queue({"bench": "nothing that is known"}),
        "ingress": _http("/v1/webhooks/whatsapp", {"hub.mode": "subscribe", "hub.verify_token": "wrong"}),
        "chat": _http("/v1/chat/messages", {"after": "0"}),
    }
    return json.dumps(special.get(function, _TURN)).encode()


def _queue(body: dict[str, object]) -> dict[str, object]:
    record = {
        "messageId": "bench-1",
        "receiptHandle": "bench-receipt",
        "body": json.dumps(body),
        "attributes": {"ApproximateReceiveCount": "1", "MessageGroupId": "bench"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:bench",
        "awsRegion": "us-east-1",
    }
    return {"Records": [record]}


def _http(path: str, query: dict[str, str]) -> dict[str, object]:
    """An event of an API Gateway REST proxy, GET."""
    return {
        "resource": path,
        "path": path,
        "httpMethod": "GET",
        "headers": {"Host": "127.0.0.1"},
        "multiValueHeaders": {"Host": ["127.0.0.1"]},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()},
        "pathParameters": {"proxy": path.lstrip("/")},
        "stageVariables": None,
        "requestContext": {
            "stage": "dev",
            "path": path,
            "httpMethod": "GET",
            "requestId": "bench",
            "identity": {"sourceIp": "127.0.0.1"},
        },
        "body": None,
        "isBase64Encoded": False,
    }
