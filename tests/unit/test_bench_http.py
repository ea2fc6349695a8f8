"""The bench's own server and client: small, so they are proved on each other."""

import asyncio

import pytest

from bench.http_client import Connection, LoopbackOnly
from bench.http_server import Request, Response, serve


async def _echo(request: Request) -> Response:
    await asyncio.sleep(0)
    return Response(request.body, 404 if request.path == "/missing" else 200)


def test_many_requests_go_over_one_connection() -> None:
    seen: list[Request] = []

    async def remember(request: Request) -> Response:
        seen.append(request)
        return Response(b"{}")

    async def scenario() -> list[int]:
        server, port = await serve(remember)
        connection = Connection(f"http://127.0.0.1:{port}/hook?a=1")
        statuses = [await connection.post(b"%d" % number, {"X-Test": "yes"}) for number in range(3)]
        connection.close()
        server.close()
        return statuses

    assert asyncio.run(scenario()) == [200, 200, 200]
    assert [(request.method, request.path, request.body) for request in seen] == [
        ("POST", "/hook?a=1", b"0"),
        ("POST", "/hook?a=1", b"1"),
        ("POST", "/hook?a=1", b"2"),
    ]


def test_requests_that_arrive_in_pieces_or_together_are_all_answered() -> None:
    async def scenario() -> bytes:
        server, port = await serve(_echo)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        two = b"POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\nonePOST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n"
        writer.write(two[:10])
        await asyncio.sleep(0.01)
        writer.write(two[10:])
        await asyncio.sleep(0.01)
        writer.write(b"three")
        received = await reader.readuntil(b"three")
        writer.close()
        server.close()
        return received

    received = asyncio.run(scenario())
    assert received.count(b"HTTP/1.1 200 OK") == 2
    assert received.index(b"one") < received.index(b"three")


def test_a_status_comes_back_and_a_closed_server_is_an_error() -> None:
    async def scenario() -> None:
        server, port = await serve(_echo)
        connection = Connection(f"http://localhost:{port}/missing")
        assert await connection.post(b"{}", {}) == 404
        connection.close()
        server.close()
        await server.wait_closed()
        with pytest.raises(OSError, match=r".+"):
            await connection.post(b"{}", {})

    asyncio.run(scenario())


def test_chunked_answers_are_read_to_their_end() -> None:
    answer = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
        b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )

    async def speak(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()

    async def scenario() -> list[int]:
        server = await asyncio.start_server(speak, "127.0.0.1", 0)
        connection = Connection(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        statuses = [await connection.post(b"", {}), await connection.post(b"", {})]
        server.close()
        return statuses

    assert asyncio.run(scenario()) == [200, 503]


def test_the_load_never_leaves_this_machine() -> None:
    with pytest.raises(LoopbackOnly):
        Connection("http://example.com/webhook")
