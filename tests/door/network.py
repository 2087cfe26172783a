"""The network of the Compose file in one network namespace: addresses, names, and ways in from outside.

Started inside the namespace (`python -m tests.door.network FOLDER`) with the plan, as JSON, on standard input.
Each container of ours has an address on the loopback interface. Names are answered at Docker's own address,
127.0.0.11, from `FOLDER/names.json`. A way in is a socket file of the folder: what connects to it arrives at an
address inside, from a source of the plan's choice. A way out leads from an address inside to a socket file.
"""

import asyncio
import contextlib
import json
import socket
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

NAME_SERVER = ("127.0.0.11", 53)
CHUNK = 65536
A, IN = 1, 1


class Names(asyncio.DatagramProtocol):
    """Answers with the addresses that the file lists now: none for a name that it does not know."""

    def __init__(self, table: Path) -> None:
        self.table = table
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        labels, at = [], 12
        while size := data[at]:
            labels.append(data[at + 1 : at + 1 + size].decode("ascii", "replace"))
            at += size + 1
        question = data[12 : at + 5]
        (kind,) = struct.unpack("!H", data[at + 1 : at + 3])
        known = json.loads(self.table.read_text(encoding="utf-8")).get(".".join(labels).lower())
        found = (known or []) if kind == A else []
        flags = 0x8180 if known is not None else 0x8183
        answers = b"".join(struct.pack("!HHHIH", 0xC00C, A, IN, 1, 4) + socket.inet_aton(each) for each in found)
        self.transport.sendto(data[:2] + struct.pack("!HHHHH", flags, 1, len(found), 0, 0) + question + answers, addr)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError):
        writer.close()


async def _joined(one: tuple[Any, Any], other: tuple[Any, Any]) -> None:
    await asyncio.gather(_pump(one[0], other[1]), _pump(other[0], one[1]))


async def _serve(folder: Path, plan: dict[str, Any]) -> None:
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(lambda: Names(folder / "names.json"), local_addr=NAME_SERVER)
    for way in plan["ways in"]:
        host, port, source = way["host"], way["port"], way["source"]

        async def comes_in(reader: Any, writer: Any, to: Any = (host, port), source: str = source) -> None:
            try:
                inside = await asyncio.open_connection(*to, local_addr=(source, 0))
            except OSError:
                writer.close()
                return
            await _joined((reader, writer), inside)

        await asyncio.start_unix_server(comes_in, folder / way["file"])
    for way in plan["ways out"]:

        async def goes_out(reader: Any, writer: Any, to: str = way["file"]) -> None:
            await _joined((reader, writer), await asyncio.open_unix_connection(to))

        await asyncio.start_server(goes_out, way["host"], way["port"])
    print("ready", flush=True)  # noqa: T201 - whoever started us waits for it
    await asyncio.Event().wait()


def main() -> None:
    """Bring the addresses up, and serve until killed."""
    plan = json.loads(sys.stdin.readline())
    for command in ("link set lo up", *(f"address add {each}/32 dev lo" for each in plan["addresses"])):
        subprocess.run(["ip", *command.split()], check=True)  # noqa: S607
    asyncio.run(_serve(Path(sys.argv[1]), plan))


if __name__ == "__main__":
    main()
