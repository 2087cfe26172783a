"""The text that `up` prints when everything is ready."""

from collections.abc import Mapping

from config.local.ports import HOME

ACCOUNTS = "buyer, seller, other-seller, stranger, operator (staff)"
SERVICE = "SERVICE-ID"


def text(port: int, demo: Mapping[str, object], *, demo_password_was_set: bool) -> str:
    """Return the addresses, the accounts, and three commands that work as they stand."""
    address = f"http://{HOME}:{port}"
    lines = [
        "",
        f"Renraku is ready: {address}/ (log in, buy, talk)",
        f"  API documentation   {address}/api/v1/docs/",
        f"  administration      {address}/admin/",
        *_accounts(demo, demo_password_was_set=demo_password_was_set),
        "",
        "The same by its API:",
        *_commands(address, demo, demo_password_was_set=demo_password_was_set),
        "",
        "Ctrl-C stops everything.",
    ]
    return "\n".join(lines)


def _accounts(demo: Mapping[str, object], *, demo_password_was_set: bool) -> list[str]:
    if not demo:
        return []
    if not demo.get("loaded"):
        return ["  accounts            loaded at an earlier start, or your own (the database had users)"]
    password = "as set in DEMO_PASSWORD" if demo_password_was_set else str(demo.get("password"))
    return [f"  demo accounts       {ACCOUNTS}", f"  their password      {password}"]


def _commands(address: str, demo: Mapping[str, object], *, demo_password_was_set: bool) -> list[str]:
    known = bool(demo.get("loaded")) and not demo_password_was_set
    password = str(demo.get("password")) if known else "PASSWORD"
    service = str(demo.get("service") or SERVICE)
    json_body = "-H 'Content-Type: application/json'"
    login = f'{{"username": "buyer", "password": "{password}"}}'
    reading = "python3 -c 'import json,sys; print(json.load(sys.stdin)[\"token\"])'"
    buyer = f'{json_body} -H "Authorization: Bearer $TOKEN"'
    return [
        f"  curl -s {address}/api/v1/services/",
        f"  TOKEN=$(curl -s {address}/api/v1/auth/token/ {json_body} -d '{login}' | {reading})",
        f'  curl -s {address}/api/v1/deals/ {buyer} -d \'{{"service": "{service}"}}\'',
    ]
