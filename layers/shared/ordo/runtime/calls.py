"""HTTP calls that end in time as a whole: a socket's own time-out begins anew with every byte that drips in."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def ends_within(connection: http.client.HTTPConnection, seconds: float) -> Iterator[None]:
    """Whatever is done with the connection ends after so many seconds with `TimeoutError`; it is closed behind it."""
    late = threading.Event()
    watchdog = threading.Timer(seconds, _cut, (connection, late))
    watchdog.daemon = True
    watchdog.start()
    try:
        yield
    except (OSError, http.client.HTTPException, ValueError):
        if late.is_set():
            raise TimeoutError from None
        raise
    finally:
        watchdog.cancel()
        connection.close()


def _cut(connection: http.client.HTTPConnection, late: threading.Event) -> None:
    """End a call that took too long; whoever waits on it then fails."""
    late.set()
    held = getattr(connection, "sock", None)
    if held is not None:
        try:
            socket.socket.shutdown(held, socket.SHUT_RDWR)
        except OSError:  # it is closed already
            return
