"""Ports of 127.0.0.1."""

import socket

from config.local.trouble import Trouble

HOME = "127.0.0.1"


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind((HOME, 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Whether a server could listen here now."""
    with socket.socket() as probe:
        # As gunicorn does: old connections of an ended server must not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOME, port))
        except PermissionError as error:
            raise Trouble(f"port {port} may not be used by this account; choose one above 1023 with --port.") from error
        except OSError:
            return False
    return True


def must_be_free(port: int) -> None:
    """Raise `Trouble` if the port is taken."""
    if not is_free(port):
        raise Trouble(f"port {port} is taken; choose another, for example: python3 manage.py up --port {free_port()}")
