"""Calls a server from asyncio: translates standard input while it arrives, and other texts at the same time.

pip install ./clients/python
tail -f wire.txt | python examples/python/async_client.py fr article.txt another.txt
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from triglot import AsyncClient, TriglotError

SERVER = os.environ.get("TRIGLOT_SERVER", "http://127.0.0.1:50051")


async def standard_input() -> AsyncIterator[bytes]:
    while line := await asyncio.to_thread(sys.stdin.buffer.readline):
        yield line


async def live(client: AsyncClient, to: str) -> None:
    async for piece in client.stream(standard_input(), to=to):
        print(piece.text, end="", flush=True)


async def file(client: AsyncClient, path: Path, to: str) -> None:
    """Writes the translation beside the text."""
    answer = await client.translate(path.read_bytes().decode(), to=to)
    path.with_suffix(f".{to}{path.suffix}").write_bytes(answer.translation.encode())


async def main(to: str, paths: list[str]) -> None:
    async with AsyncClient(SERVER) as client:
        await asyncio.gather(live(client, to), *(file(client, Path(path), to) for path in paths))


if __name__ == "__main__":
    try:
        asyncio.run(main(sys.argv[1], sys.argv[2:]))
    except TriglotError as error:
        sys.exit(str(error))
