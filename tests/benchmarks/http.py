"""What does a call cost beside a bare view? Each call and page over HTTP (`manage.py bench http`).

The bare view has the same authentication, throttle and one committed insert. It is asked in turns with
each call, by one client and by eight, of the web process that production runs. Read the ratios.
"""

import argparse
import http.client
import os
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from statistics import median

import django

from config.local.console import say
from config.local.given import parameters
from config.local.ports import HOME, free_port
from config.local.processes import WEB, process
from config.local.waiting import wait_until
from tests.benchmarks.databases import connect, copy, settle_down, template
from tests.benchmarks.http_cast import BARE, CALLS, MADE, Call, Pair, end_most_deals, pairs
from tests.benchmarks.staff import Staff, staff

ROOMS = (20_000, 1_000_000)
CLIENTS = {1: 24, 8: 6}
"""How many times each client asks for one thing in one round."""
ROUNDS = 3
ANSWERS_WITHIN = 90.0
ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "tests.benchmarks.http_settings",
    "THROTTLE_READ": "1000000/min",
    "THROTTLE_WRITE": "1000000/min",
    "ALLOWED_HOSTS": HOME,
    "PUBLIC_URL": f"http://{HOME}",
    "LOG_LEVEL": "INFO",
}
LEAST_ERROR = 400


@dataclass
class Asked:
    """What one number of clients measured of one call: the medians of the rounds, in seconds, and the ratios."""

    times: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)


class Client:
    """One connection that is kept open, as programs and browsers do."""

    def __init__(self, port: int) -> None:
        self.line = http.client.HTTPConnection(HOME, port, timeout=60)

    def ask(self, call: Call, pair: Pair) -> float:
        """Return how long the answer took, in seconds."""
        who = pair.seller if call.by_seller else pair.buyer
        known = (
            {"Cookie": who.cookie} if call.is_page and call is not BARE else {"Authorization": f"Bearer {who.token}"}
        )
        headers = {"Accept-Language": "ja", "Content-Type": "application/json", **known}
        path = call.path.format(**pair.ids)
        began = time.perf_counter()
        self.line.request(call.method, path, body=call.body, headers=headers)
        answer = self.line.getresponse()
        content = answer.read()
        took = time.perf_counter() - began
        assert answer.status < LEAST_ERROR, f"{call.method} {path}: {answer.status} {content[:300]!r}"
        return took


class Asking:
    """Asks a web process for everything, and keeps what it measured."""

    def __init__(self, port: int, cast: list[Pair]) -> None:
        self.port = port
        self.cast = cast
        self.visitors = [pair for pair in cast if pair.buyer.cookie]
        self.unused = iter(cast)
        self.numbers = count()
        self.measured: dict[str, dict[int, Asked]] = {
            call.name: {clients: Asked() for clients in CLIENTS} for call in (BARE, *CALLS)
        }

    def round(self, clients: int) -> None:
        """Ask for each thing, the bare view before it."""
        lines = [Client(self.port) for _ in range(clients)]
        for call in CALLS:
            bare = self._median(BARE, lines)
            took = self._median(call, lines)
            self.measured[BARE.name][clients].times.append(bare)
            self.measured[call.name][clients].times.append(took)
            self.measured[call.name][clients].ratios.append(took / bare)

    def _median(self, call: Call, lines: list[Client]) -> float:
        times: list[float] = []
        places = [list(self._pairs(call, CLIENTS[len(lines)])) for _ in lines]

        def ask(line: Client, asked: list[Pair]) -> None:
            line.line.close()  # gunicorn closes one that waited for the others, and the next question would be lost
            times.extend(line.ask(call, pair) for pair in asked)

        threads = [threading.Thread(target=ask, args=pair) for pair in zip(lines, places, strict=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(times) == len(lines) * CLIENTS[len(lines)], f"{call.name}: some were not answered"
        return median(times)

    def _pairs(self, call: Call, number: int) -> Iterator[Pair]:
        for _ in range(number):
            if call.uses_up_rooms:
                yield next(self.unused)
            else:
                yield self.visitors[next(self.numbers) % len(self.visitors)]


def main() -> int:
    """Measure each size and print the ratios. Returns 0: a goal that is missed is printed as such."""
    parser = argparse.ArgumentParser(prog="manage.py bench http", description=__doc__)
    parser.add_argument("--rooms", type=int, action="append", help="how many rooms stand (several times for several)")
    parser.add_argument(
        "--rounds", type=int, default=ROUNDS, choices=range(1, 5), help="the medians of so many rounds are printed"
    )
    wanted = parser.parse_args()
    os.environ |= ENVIRONMENT
    django.setup()
    for rooms in wanted.rooms or ROOMS:
        _print(rooms, _measure(rooms, wanted.rounds))
    return 0


def _measure(rooms: int, rounds: int) -> Asking:
    from tests.benchmarks import crowd  # noqa: PLC0415 - after Django is set up

    with template() as url:
        say(f"writing a marketplace of {rooms:,} rooms…")
        crowd.fill(url, rooms)
        end_most_deals(url, rooms)
        with connect(url) as database:
            database.execute(MADE.encode())
        settle_down(url)
        with copy() as run:
            return _asked(run, rooms, rounds)


def _asked(url: str, rooms: int, rounds: int) -> Asking:
    from django.db import connection, connections  # noqa: PLC0415 - after Django is set up

    connection.close()
    connections.settings["default"]["NAME"] = connection.settings_dict["NAME"] = parameters(url)["dbname"]
    cast = pairs(url, rooms)
    connection.close()
    with staff({"DATABASE_URL": url}) as servers:
        asking = Asking(_serve(servers), cast)
        for number in range(rounds):
            for clients in CLIENTS:
                say(f"round {number + 1} of {rounds}, {clients} at a time…")
                asking.round(clients)
        return asking


def _serve(servers: Staff) -> int:
    port = free_port()
    servers.hire(process(WEB, bind=f"{HOME}:{port}", scratch=servers.folder))
    assert wait_until(lambda: _answers(port), ANSWERS_WITHIN), servers.last_words()
    return port


def _answers(port: int) -> bool:
    try:
        line = http.client.HTTPConnection(HOME, port, timeout=5)
        line.request("GET", "/healthz")
        return line.getresponse().status < LEAST_ERROR
    except OSError:
        return False


def _print(rooms: int, asking: Asking) -> None:
    say(f"\n{rooms:,} rooms; the bare view is POST /bare/")
    say("| what | " + " | ".join(f"p50 (ms), {n} at a time | × bare | goal" for n in CLIENTS) + " |")
    say("|---" * (1 + 3 * len(CLIENTS)) + "|")
    for call in (BARE, *CALLS):
        cells = [cell for asked in asking.measured[call.name].values() for cell in _cells(call, asked)]
        say(f"| {' | '.join([call.name, *cells])} |")


def _cells(call: Call, asked: Asked) -> list[str]:
    ratio = median(asked.ratios) if asked.ratios else 1.0
    judged = "–" if call.goal is None else f"≤ {call.goal:g}: {'held' if ratio <= call.goal else '**not held**'}"
    return [f"{median(asked.times) * 1000:.1f}", f"{ratio:.1f}", judged]


if __name__ == "__main__":
    sys.exit(main())
