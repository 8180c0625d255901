"""Functions as Lambda runs them: loaded once, each with its own environment and its own memory."""

from __future__ import annotations

import contextvars
import importlib.util
import sys
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from aws_lambda_powertools.event_handler import api_gateway

from ordo.catalog.repository import DynamoCatalogRepository
from ordo.notifications.repository import DynamoEndpointStore
from ordo.shipments.transit_repository import CatalogRoads
from tests.support.blueprint import ACCOUNT, REGION, ROOT, Blueprint

_function: contextvars.ContextVar[str] = contextvars.ContextVar("function", default="")
_latest = [""]
_idle: dict[str, list[ModuleType]] = defaultdict(list)


class Killed(BaseException):
    """The process dies here (out of memory, time over): not an `Exception`, so that nothing in it goes on."""


def current() -> str:
    """The function that runs in this thread; in a thread that a handler started, the one that was called last."""
    return _function.get() or _latest[0]


@contextmanager
def running(name: str) -> Iterator[None]:
    """What runs in here is that function."""
    token = _function.set(name)
    _latest[0] = name
    try:
        yield
    finally:
        _function.reset(token)


@contextmanager
def container(name: str) -> Iterator[ModuleType]:
    """A warm container or a new one. It serves one call at a time, as on Lambda, and is used again unless killed."""
    with running(name):
        try:
            module = _idle[name].pop()
        except IndexError:
            module = load(name)
        try:
            yield module
        except Killed:
            raise  # its process is gone
        except BaseException:
            _idle[name].append(module)
            raise
        _idle[name].append(module)


def cool() -> None:
    """Warm containers forget what they have read of the catalogue, of webhook endpoints and of carriers' ways."""
    for module in (module for modules in _idle.values() for module in modules):
        for thing in vars(module).values():
            for each in (thing, *getattr(thing, "__dict__", {}).values(), *_slots(thing)):
                if isinstance(each, DynamoCatalogRepository):
                    each._cache._entries.clear()
                    each._versions._known.clear()  # which never change, but in another test
                if isinstance(each, DynamoEndpointStore):
                    each._kept = None
                if isinstance(each, CatalogRoads):
                    each._ways.clear()
                    each._zones = None


class RouterPerThread(threading.local):
    """Stands in for Powertools' `BaseRouter`, whose class keeps the current event: here each thread has its own."""

    current_event: Any = None
    lambda_context: Any = None

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Containers that run in several threads then do not see each other's events."""
        router = api_gateway.BaseRouter
        patch.setattr(api_gateway, "BaseRouter", self)
        patch.setattr(router, "current_event", property(lambda _: self.current_event), raising=False)
        patch.setattr(router, "lambda_context", property(lambda _: self.lambda_context), raising=False)


def _slots(thing: Any) -> Iterator[Any]:
    return (getattr(thing, name, None) for name in getattr(type(thing), "__slots__", ()) if isinstance(name, str))


def lambda_context(name: str) -> Any:
    """The context of one invocation, with a minute to go."""
    started = time.monotonic()
    return SimpleNamespace(
        function_name=name,
        aws_request_id=str(uuid.uuid4()),
        memory_limit_in_mb=256,
        invoked_function_arn=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}",
        get_remaining_time_in_millis=lambda: int(60_000 - (time.monotonic() - started) * 1000),
    )


class FunctionEnvironment(MutableMapping[str, str]):
    """`os.environ`, but what the template manages is seen only by the functions that it was given to."""

    def __init__(self, real: MutableMapping[str, str], shape: Blueprint) -> None:
        self._real = real
        self._shape = shape
        self._managed = shape.managed

    def _own(self) -> dict[str, str]:
        return self._shape.environments.get(_function.get(), {})

    def __getitem__(self, name: str) -> str:
        own = self._own()
        if _function.get() and name in self._managed:
            return own[name]
        return self._real[name]

    def __setitem__(self, name: str, value: str) -> None:
        self._real[name] = value

    def __delitem__(self, name: str) -> None:
        del self._real[name]

    def __iter__(self) -> Iterator[str]:
        hidden = self._managed if _function.get() else frozenset()
        return iter({*self._own(), *(name for name in self._real if name not in hidden)})

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def copy(self) -> dict[str, str]:
        """As `os.environ.copy()`."""
        return dict(self)


class PerFunction(dict[str, Any]):
    """A cache of which every function has its own, as every Lambda has its own memory."""

    def get(self, key: str, default: Any = None) -> Any:
        return super().get(f"{_function.get()}/{key}", default)

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(f"{_function.get()}/{key}", value)


def load(name: str) -> ModuleType:
    """A function's `app`, under a module name of its own."""
    path = ROOT / "functions" / name / "app.py"
    spec = importlib.util.spec_from_file_location(f"ordo_function_{name}", path)
    if spec is None or spec.loader is None:
        raise ImportError(str(path))
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
