"""Nothing is lost unseen: each queue and source has a dead-letter queue, each of those an alarm, each alarm a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tools.checks.estate import ROOT, Estate, Finding, Place

_ALARM = "AWS::CloudWatch::Alarm"


def queues_have_a_dead_letter_queue(estate: Estate) -> Iterator[Finding]:
    """A queue that is nobody's dead-letter queue has one."""
    dead = dead_letter_queues(estate)
    for place, queue in estate.of_type("AWS::SQS::Queue"):
        if place not in dead and "RedrivePolicy" not in queue["Properties"]:
            yield Finding(place[1], "has no dead-letter queue (RedrivePolicy)")


def event_sources_have_a_dead_letter_queue(estate: Estate) -> Iterator[Finding]:
    """Streams, schedules, rules and asynchronous calls name the queue that is told of what failed."""
    for where, kind, target, stack in _failure_targets(estate):
        found = estate.follow(stack, target)
        if found is None or estate.resource(found)["Type"] != "AWS::SQS::Queue":
            yield Finding(where, f"{kind} has no dead-letter queue")


def dead_letter_queues_have_an_alarm(estate: Estate) -> Iterator[Finding]:
    """Every dead-letter queue is watched for its first message."""
    watched = {
        estate.follow(place[0], dimension["Value"])
        for place, alarm in estate.of_type(_ALARM)
        if alarm["Properties"].get("MetricName") == "ApproximateNumberOfMessagesVisible"
        for dimension in alarm["Properties"].get("Dimensions", [])
    }
    for place in sorted(dead_letter_queues(estate) - watched):
        yield Finding(place[1], "is a dead-letter queue without an alarm")


def alarms_tell_somebody(estate: Estate) -> Iterator[Finding]:
    """Every alarm has an action that leads to a topic, and says what missing data mean."""
    for place, alarm in estate.of_type(_ALARM):
        actions = [estate.follow(place[0], action) for action in alarm["Properties"].get("AlarmActions", [])]
        if not any(found and estate.resource(found)["Type"] == "AWS::SNS::Topic" for found in actions):
            yield Finding(place[1], "has no topic among its AlarmActions")
        if "TreatMissingData" not in alarm["Properties"]:
            yield Finding(place[1], "does not say what missing data mean (TreatMissingData)")


def alarms_have_a_page_in_the_runbook(estate: Estate) -> Iterator[Finding]:
    """`docs/operations.md` has one heading `### <alarm>` with text for each alarm, and none for others."""
    alarms = {place[1] for place, _ in estate.of_type(_ALARM)}
    pages = dict(re.findall(r"^### (\w+)\n(.*?)(?=^#{1,3} |\Z)", estate.runbook, flags=re.M | re.S))
    for name in sorted(alarms - {page for page, text in pages.items() if text.strip()}):
        yield Finding(name, "is an alarm without an entry in docs/operations.md")
    for name in sorted(pages.keys() - alarms):
        yield Finding(name, "has an entry in docs/operations.md but is no alarm")


def dead_letter_queues(estate: Estate) -> set[Place]:
    """All queues that something names as the place for its failures."""
    named = [(stack, target) for _, _, target, stack in _failure_targets(estate)]
    for place, queue in estate.of_type("AWS::SQS::Queue"):
        policy = queue["Properties"].get("RedrivePolicy", {})
        named.append((place[0], policy.get("deadLetterTargetArn")))
    return {found for stack, target in named if (found := estate.follow(stack, target))}


def _failure_targets(estate: Estate) -> Iterator[tuple[str, str, Any, str]]:
    """(where, what kind of source, the value that names its queue or None, stack) of each source that needs one."""
    scheduled = set()
    for place, source in estate.of_type("AWS::Lambda::EventSourceMapping"):
        properties = source["Properties"]
        origin = estate.follow(ROOT, properties["EventSourceArn"])
        if origin and estate.resource(origin)["Type"] == "AWS::SQS::Queue":
            continue  # its queue has the redrive policy
        on_failure = properties.get("DestinationConfig", {}).get("OnFailure", {})
        yield place[1], "the stream", on_failure.get("Destination"), place[0]
    for place, schedule in estate.of_type("AWS::Scheduler::Schedule"):
        target = schedule["Properties"]["Target"]
        scheduled.add(estate.follow(place[0], target["Arn"]))
        yield place[1], "the schedule", target.get("DeadLetterConfig", {}).get("Arn"), place[0]
    for place, rule in estate.of_type("AWS::Events::Rule"):
        for target in rule["Properties"].get("Targets", []):
            yield place[1], "the rule's target", target.get("DeadLetterConfig", {}).get("Arn"), place[0]
    told = {
        estate.follow(place[0], config["Properties"]["FunctionName"]): config["Properties"].get("DestinationConfig", {})
        for place, config in estate.of_type("AWS::Lambda::EventInvokeConfig")
    }
    for function in scheduled:
        if function is not None:  # a schedule only hands over: what fails later is told by the function's own setting
            on_failure = told.get(function, {}).get("OnFailure", {})
            yield function[1], "its asynchronous invocation", on_failure.get("Destination"), function[0]
