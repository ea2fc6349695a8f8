"""A keep-alive HTTP/1.1 client of one connection, cheap enough to be the load.

It refuses to know redirects, TLS and any host but loopback.
"""

import asyncio
from urllib.parse import urlsplit


class LoopbackOnly(ValueError):
    """The bench was pointed at another machine. It never leaves this one."""


class Connection:
    """One connection to the server of `url`; reopened when the server closed it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.hostname not in ("127.0.0.1", "localhost"):
            raise LoopbackOnly("the bench talks to loopback only")
        self._port = parts.port or 80
        self._host_header = f"{parts.hostname}:{self._port}"
        self._path = parts.path + (f"?{parts.query}" if parts.query else "")
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, body: bytes, headers: dict[str, str]) -> int:
        """Posts JSON and returns the HTTP status.

        Raises:
            OSError: the server cannot be reached or closed the connection midway.
        """
        reader, writer = await self._open()
        lines = [f"POST {self._path} HTTP/1.1", f"Host: {self._host_header}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}", "", ""]
        writer.write("\r\n".join(lines).encode("latin-1") + body)
        try:
            status, keep = await _read_response(reader)
        except (asyncio.IncompleteReadError, OSError) as error:
            self.close()
            raise ConnectionError("the server closed the connection") from error
        if not keep:
            self.close()
        return status

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is None or self._streams[0].at_eof():
            self.close()
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        return self._streams


async def _read_response(reader: asyncio.StreamReader) -> tuple[int, bool]:
    """Reads one response to its end. Returns its status and whether the connection stays open."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    status = int(head.split(" ", 2)[1])
    fields = dict(line.split(":", 1) for line in head.split("\r\n")[1:] if ":" in line)
    if "chunked" in fields.get("transfer-encoding", ""):
        await _skip_chunks(reader)
    else:
        await reader.readexactly(int(fields.get("content-length", "0")))
    return status, "close" not in fields.get("connection", "")


async def _skip_chunks(reader: asyncio.StreamReader) -> None:
    while True:
        size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
        await reader.readexactly(size + 2)
        if size == 0:
            return
