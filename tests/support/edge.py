"""The services that are not DynamoDB, as far as handlers use them: Step Functions, the bus, queues, secrets."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from ordo.kernel.canonical import canonical_json
from tests.support.asl import Execution, Machine, TaskFailed
from tests.support.blueprint import ACCOUNT, REGION, ROOT, blueprint, queue_url
from tests.support.events import Message, bus_event
from tests.support.lambdas import Killed, current
from tests.support.objects import Objects
from tests.support.pushes import SIGNERS, secret_of
from tests.support.wire import LostOnTheWay, Refused, Wire

SECRETS: dict[str, dict[str, Any]] = {
    "OrdoSecret": {"key": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01"},
    "CarrierSecret": {
        "generic": base64.b64encode(b"the carrier's secret of tests!").decode(),
        **{carrier: [secret_of(carrier)] for carrier in SIGNERS},
    },
    "PaymentSecret": {
        "stripe": {"key": "sk_of_tests", "webhook_secrets": "whsec_of_tests", "address": "http://127.0.0.1:1"}
    },
    "LinkSecret": {"keys": "a-key-of-tests-that-signs-links"},
}
_STEPS = ("price_order", "check_stock", "allocate_order", "commit_order")
_CARRIERS = ("resolve_incident", "return_order", "resolve_complaint")
"""Standard machines, each with one function."""


class Edge:
    """Answers handlers' calls; what they sent stays in `queues` and `bus`."""

    def __init__(self, invoke: Callable[[str, Any], Any], sleep: Callable[[float], None]) -> None:
        self.queues: dict[str, list[Message]] = defaultdict(list)
        self.bus: list[dict[str, Any]] = []
        self.executions: list[Execution] = []
        self.starting: list[Execution] = []
        self.telling: list[tuple[Execution, str | None, Any]] = []
        self.objects = Objects()
        self.mails: list[dict[str, Any]] = []
        self.texts: list[dict[str, Any]] = []
        self._invoke = invoke
        services = {
            "stepfunctions": self._step_functions,
            "events": self._put_events,
            "sqs": self._send_message,
            "secretsmanager": self._secret,
            "sesv2": self._send_email,
            "sns": self._publish_sms,
        }
        self.wire = Wire(services, current, self.objects)
        path = ROOT / "infrastructure/statemachines/place_order.asl.json"
        functions = {_arn_name(name): self._handler(name) for name in _STEPS}
        self.machine = Machine(json.loads(path.read_text()), functions, sleep=sleep)
        self.carriers = {name: self._carrier(name, sleep) for name in _CARRIERS}
        self.carried: dict[str, Execution] = {}
        self.machine_of: dict[str, str] = {}

    def clear(self) -> None:
        """Forget what was sent."""
        self.queues.clear()
        self.bus.clear()
        self.executions.clear()
        self.carried.clear()
        self.starting.clear()
        self.telling.clear()
        self.objects.kept.clear()
        self.mails.clear()
        self.texts.clear()

    def _carrier(self, name: str, sleep: Callable[[float], None]) -> Machine:
        """A Standard machine, whose steps are those of the function that is called like it."""
        path = ROOT / f"infrastructure/statemachines/{name}.asl.json"
        return Machine(json.loads(path.read_text()), {_arn_name(name): self._handler(name)}, sleep=sleep)

    def _handler(self, name: str) -> Callable[[Any], Any]:
        return lambda payload: self._step(name, payload)

    def _step(self, name: str, payload: Any) -> Any:
        """As Step Functions sees a Lambda: a lost request is an SDK error, a lost answer a time-out."""
        ran = False
        try:
            with self.wire.invocation(name, payload):
                ran = True
                answer = self._invoke(name, payload)
        except LostOnTheWay as error:
            raise TaskFailed("States.Timeout" if ran else "Lambda.SdkClientException", str(error)) from error
        except Killed as death:
            raise TaskFailed("Lambda.Unknown", str(death)) from death
        return answer

    def _step_functions(self, request: dict[str, Any]) -> dict[str, Any] | Refused:
        """By what the request has: a token, an execution, or a machine, of which one is synchronous."""
        if "taskToken" in request:
            return self._tell(request)
        if "executionArn" in request:
            found = self.carried.get(request["executionArn"].rpartition(":")[2])
            return {"status": found.status} if found else Refused("ExecutionDoesNotExist")
        machine = next((each for each in _CARRIERS if _machine_name(each) in request["stateMachineArn"]), None)
        return self._start(request, machine) if machine else self._start_sync(request)

    def _start(self, request: dict[str, Any], machine: str) -> dict[str, Any] | Refused:
        name, given = request["name"], json.loads(request["input"])
        known = self.carried.get(name)
        if known is None:
            known = self.carried[name] = Execution(name=name, given=given)
            self.machine_of[name] = machine
            self.starting.append(known)
        elif known.status != "RUNNING" or known.given != given:
            return Refused("ExecutionAlreadyExists")
        return {"executionArn": known.arn, "startDate": 0}

    def _tell(self, request: dict[str, Any]) -> dict[str, Any] | Refused:
        waiting = next((each for each in self.carried.values() if each.token == request["taskToken"]), None)
        if waiting is None:
            return Refused("TaskDoesNotExist")
        self.telling.append((waiting, waiting.token, json.loads(request["output"])))
        return {}

    def carry(self) -> int:
        """Let executions go on that were begun or told; how many. Never while a handler waits for its answer."""
        begun, self.starting = self.starting, []
        told, self.telling = self.telling, []
        for each in begun:
            self.carriers[self.machine_of[each.name]].begin(each)
        for each, token, output in told:
            if each.token == token:
                self.carriers[self.machine_of[each.name]].resume(each, output)
        return len(begun) + len(told)

    def _start_sync(self, request: dict[str, Any]) -> dict[str, Any]:
        ended = self.machine.run(json.loads(request["input"]), request["name"])
        self.executions.append(ended)
        arn = f"arn:aws:states:{REGION}:{ACCOUNT}:express:{request['name']}"
        answer = {"executionArn": arn, "status": ended.status, "startDate": 0, "stopDate": 0}
        if ended.status == "SUCCEEDED":
            return {**answer, "output": json.dumps(ended.output)}
        return {**answer, "error": ended.error, "cause": ended.cause}

    def _put_events(self, request: dict[str, Any]) -> dict[str, Any]:
        taken = []
        for entry in request["Entries"]:
            event = bus_event(entry)
            self.bus.append(event)
            for queue in (queue for rule in blueprint().rules if rule.takes(event) for queue in rule.queues):
                self.queues[queue_url(queue)].append(Message(json.dumps(event)))
            taken.append({"EventId": event["id"]})
        return {"FailedEntryCount": 0, "Entries": taken}

    def _send_message(self, request: dict[str, Any]) -> dict[str, Any]:
        message = Message(request["MessageBody"], group=request.get("MessageGroupId"))
        self.queues[request["QueueUrl"]].append(message)
        digest = hashlib.md5(message.body.encode(), usedforsecurity=False).hexdigest()
        return {"MessageId": message.message_id, "MD5OfMessageBody": digest}

    def _send_email(self, request: dict[str, Any]) -> dict[str, Any]:
        self.mails.append(request)
        return {"MessageId": f"mail-{len(self.mails)}"}

    def _publish_sms(self, request: dict[str, Any]) -> str:
        self.texts.append(request)
        result = f"<PublishResult><MessageId>sms-{len(self.texts)}</MessageId></PublishResult>"
        return f'<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">{result}</PublishResponse>'

    @staticmethod
    def _secret(request: dict[str, Any]) -> dict[str, Any]:
        return {"Name": request["SecretId"], "SecretString": canonical_json(SECRETS[request["SecretId"]])}


def _machine_name(name: str) -> str:
    """`return_order` is the template's `ReturnOrderMachine`."""
    return "".join(part.title() for part in name.split("_")) + "Machine"


def _arn_name(function: str) -> str:
    """`price_order` is `PriceOrderFunctionArn` in the state machine's file."""
    return "".join(part.title() for part in function.split("_")) + "FunctionArn"
