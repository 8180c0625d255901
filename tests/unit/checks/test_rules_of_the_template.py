"""Each rule of the template catches a template that is broken in its way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.checks.conftest import Edit, Rule
from tools.checks import dead_letters, functions, gateway, kept, roles, workflows
from tools.checks.estate import Estate, transform

Find = Callable[[Rule, Edit], list[str]]


def properties(estate: Estate, logical_id: str, stack: str = "root") -> dict[str, Any]:
    found: dict[str, Any] = estate.stacks[stack]["Resources"][logical_id]["Properties"]
    return found


def without(logical_id: str, key: str, stack: str = "root") -> Edit:
    return lambda estate: properties(estate, logical_id, stack).pop(key)


def with_(logical_id: str, key: str, value: Any, stack: str = "root") -> Edit:
    return lambda estate: properties(estate, logical_id, stack).__setitem__(key, value)


def statement(estate: Estate, role: str, action: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        each for each in roles.statements(estate.resource(("root", role))) if action in roles.as_list(each["Action"])
    )
    return found


def step(estate: Estate, name: str) -> dict[str, Any]:
    found: dict[str, Any] = estate.workflows["PlaceOrderMachine"]["States"][name]
    return found


def share_a_role(estate: Estate) -> None:
    properties(estate, "CreateOrderFunction")["Role"] = properties(estate, "QueryOrdersFunction")["Role"]


def shorten_the_stay_of(resource: str, stack: str) -> Edit:
    return lambda estate: estate.stacks[stack]["Resources"][resource].update(DeletionPolicy="Delete")


def call_another_function(estate: Estate) -> None:
    machine = properties(estate, "PlaceOrderMachine")
    machine["DefinitionSubstitutions"]["CommitOrderFunctionArn"] = {"Fn::GetAtt": ["HoldOrderFunction", "Arn"]}


def gateway_response(estate: Estate, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = properties(estate, "OrdoApi")["Body"]["x-amazon-apigateway-gateway-responses"][kind]
    return found


def say_another_code(estate: Estate) -> None:
    templates = gateway_response(estate, "UNAUTHORIZED")["responseTemplates"]
    templates["application/json"] = templates["application/json"].replace("unauthenticated", "who_are_you")


def open_a_route(estate: Estate) -> None:
    properties(estate, "OrdoApi")["Body"]["paths"]["/v1/orders"]["post"]["security"] = [{"NONE": []}]


def grow(estate: Estate) -> None:
    topics = {f"Topic{number}": {"Type": "AWS::SNS::Topic"} for number in range(400)}
    estate.stacks["ObservabilityStack"]["Resources"].update(topics)


BROKEN: list[tuple[Rule, Edit, str]] = [
    (
        dead_letters.queues_have_a_dead_letter_queue,
        without("Webhooks", "RedrivePolicy", "MessagingStack"),
        "Webhooks: has no dead-letter queue (RedrivePolicy)",
    ),
    (
        dead_letters.event_sources_have_a_dead_letter_queue,
        without("PublishEventsFunctionOrdersStream", "DestinationConfig"),
        "PublishEventsFunctionOrdersStream: the stream has no dead-letter queue",
    ),
    (
        dead_letters.event_sources_have_a_dead_letter_queue,
        lambda estate: properties(estate, "WatchDeadlinesFunctionEveryMinute")["Target"].pop("DeadLetterConfig"),
        "WatchDeadlinesFunctionEveryMinute: the schedule has no dead-letter queue",
    ),
    (
        dead_letters.event_sources_have_a_dead_letter_queue,
        without("WatchDeadlinesFunctionEventInvokeConfig", "DestinationConfig"),
        "WatchDeadlinesFunction: its asynchronous invocation has no dead-letter queue",
    ),
    (
        dead_letters.event_sources_have_a_dead_letter_queue,
        lambda estate: properties(estate, "WebhooksRule", "MessagingStack")["Targets"][0].pop("DeadLetterConfig"),
        "WebhooksRule: the rule's target has no dead-letter queue",
    ),
    (
        dead_letters.dead_letter_queues_have_an_alarm,
        with_("StreamDlqNotEmpty", "MetricName", "NumberOfMessagesSent", "ObservabilityStack"),
        "StreamDlq: is a dead-letter queue without an alarm",
    ),
    (
        dead_letters.alarms_tell_somebody,
        without("OrderParked", "AlarmActions", "ObservabilityStack"),
        "OrderParked: has no topic among its AlarmActions",
    ),
    (
        dead_letters.alarms_have_a_page_in_the_runbook,
        lambda estate: estate.__setattr__("runbook", estate.runbook.replace("### OrderParked", "### OrderParking")),
        "OrderParked: is an alarm without an entry in docs/operations.md",
    ),
    (
        dead_letters.alarms_have_a_page_in_the_runbook,
        lambda estate: estate.stacks["ObservabilityStack"]["Resources"].pop("ApiSlow"),
        "ApiSlow: has an entry in docs/operations.md but is no alarm",
    ),
    (roles.functions_have_their_own_role, share_a_role, "CreateOrderFunction: shares the role QueryOrdersRole"),
    (
        roles.roles_are_exact,
        lambda estate: statement(estate, "CreateOrderRole", "dynamodb:GetItem").update(Action="dynamodb:*"),
        "CreateOrderRole: allows the action dynamodb:*",
    ),
    (
        roles.roles_are_exact,
        lambda estate: statement(estate, "CreateOrderRole", "dynamodb:Query").update(
            Resource="*", Action="dynamodb:Query"
        ),
        "CreateOrderRole: allows dynamodb:Query on every resource",
    ),
    (
        roles.roles_are_exact,
        with_("CreateOrderRole", "ManagedPolicyArns", ["arn:aws:iam::aws:policy/AmazonSQSFullAccess"]),
        "CreateOrderRole: uses managed policies, which are wider than needed",
    ),
    (
        roles.workflow_roles_cover_exactly_their_calls,
        lambda estate: statement(estate, "PlaceOrderMachineRole", "lambda:InvokeFunction")["Resource"].pop(),
        "PlaceOrderMachineRole: does not allow CommitOrderFunction, which the workflow calls",
    ),
    (
        roles.workflow_roles_cover_exactly_their_calls,
        call_another_function,
        "PlaceOrderMachineRole: allows CommitOrderFunction, which the workflow does not call",
    ),
    (
        roles.workflow_roles_cover_exactly_their_calls,
        lambda estate: step(estate, "CheckStock")["Arguments"].update(FunctionName="${Nobody}"),
        "PlaceOrderMachine.CheckStock: calls 'Nobody', which no DefinitionSubstitution names",
    ),
    (
        roles.resource_policies_have_room,
        lambda estate: estate.stacks["root"]["Resources"].update(
            {
                f"Permission{number}": {
                    "Type": "AWS::Lambda::Permission",
                    "Properties": {"FunctionName": {"Ref": "HoldOrderFunction"}},
                }
                for number in range(60)
            }
        ),
        "HoldOrderFunction: has 62 permissions: give it one for all its routes",
    ),
    (
        functions.functions_run_on_arm64_and_are_traced,
        with_("HoldOrderFunction", "Architectures", ["x86_64"]),
        "HoldOrderFunction: does not run on python3.13 and arm64",
    ),
    (
        functions.functions_run_on_arm64_and_are_traced,
        with_("HoldOrderFunction", "TracingConfig", {"Mode": "PassThrough"}),
        "HoldOrderFunction: is not traced actively",
    ),
    (
        functions.functions_run_on_arm64_and_are_traced,
        with_("PlaceOrderMachine", "TracingConfiguration", {"Enabled": False}),
        "PlaceOrderMachine: is not traced",
    ),
    (
        functions.logs_are_kept_for_a_stated_time,
        without("HoldOrderLogs", "RetentionInDays"),
        "HoldOrderLogs: keeps its logs for ever (RetentionInDays)",
    ),
    (
        functions.logs_are_kept_for_a_stated_time,
        without("HoldOrderFunction", "LoggingConfig"),
        "HoldOrderFunction: has no log group of its own in the template",
    ),
    (
        functions.logs_are_kept_for_a_stated_time,
        lambda estate: properties(estate, "PlaceOrderMachine")["LoggingConfiguration"].update(
            IncludeExecutionData=True
        ),
        "PlaceOrderMachine: logs execution data, which may be personal",
    ),
    (
        functions.timeouts_nest,
        with_("CommitOrderFunction", "Timeout", 6),
        "PlaceOrderMachine.CommitOrder: step, task and workflow time-outs do not nest",
    ),
    (
        functions.timeouts_nest,
        lambda estate: estate.workflows["PlaceOrderMachine"].update(TimeoutSeconds=25),
        "CreateOrderFunction: waits for PlaceOrderMachine but gives up before it does",
    ),
    (
        functions.timeouts_nest,
        with_("QueryOrdersFunction", "Timeout", 29),
        "QueryOrdersFunction: may run longer than the API waits (29 s)",
    ),
    (
        functions.queues_wait_for_their_consumers,
        with_("CarrierEvents", "VisibilityTimeout", 149, "MessagingStack"),
        "CarrierEvents: hides a message for less than six times the time-out of ReceiveCarrierEventFunction",
    ),
    (
        functions.queues_wait_for_their_consumers,
        without("DeliverWebhookFunctionWebhooks", "FunctionResponseTypes"),
        "DeliverWebhookFunctionWebhooks: repeats the whole batch for one failure (ReportBatchItemFailures)",
    ),
    (
        functions.functions_get_the_environment_they_ask_for,
        lambda estate: properties(estate, "CreateOrderFunction")["Environment"]["Variables"].pop("PLACE_ORDER_ARN"),
        "functions/create_order: asks for the variable PLACE_ORDER_ARN, which the template does not give it",
    ),
    (
        functions.functions_get_the_environment_they_ask_for,
        lambda estate: estate.source["Resources"].pop("HoldOrderFunction"),
        "functions/hold_order: is not both a folder with an app.py and a function of the template",
    ),
    (
        kept.tables_and_secrets_outlive_the_stack,
        shorten_the_stay_of("SupplyTable", "DataStack"),
        "SupplyTable: is not retained (DeletionPolicy and UpdateReplacePolicy)",
    ),
    (
        kept.tables_and_secrets_outlive_the_stack,
        shorten_the_stay_of("DataStack", "root"),
        "DataStack: is not retained (DeletionPolicy and UpdateReplacePolicy)",
    ),
    (
        kept.tables_are_protected,
        without("OrdersTable", "DeletionProtectionEnabled", "DataStack"),
        "OrdersTable: is not protected against deletion",
    ),
    (
        kept.tables_are_protected,
        without("OrdersTable", "PointInTimeRecoverySpecification", "DataStack"),
        "OrdersTable: has no point-in-time recovery",
    ),
    (kept.stacks_stay_small, grow, "or more: nest some of them"),
    (
        workflows.tasks_end_are_retried_and_caught,
        lambda estate: step(estate, "CommitOrder").pop("TimeoutSeconds"),
        "PlaceOrderMachine.CommitOrder: has no time-out",
    ),
    (
        workflows.tasks_end_are_retried_and_caught,
        lambda estate: step(estate, "CommitOrder")["Retry"][0].pop("JitterStrategy"),
        "PlaceOrderMachine.CommitOrder: retries without full jitter",
    ),
    (
        workflows.tasks_end_are_retried_and_caught,
        lambda estate: step(estate, "CommitOrder").pop("Catch"),
        "PlaceOrderMachine.CommitOrder: does not catch all errors",
    ),
    (
        workflows.choices_have_a_default,
        lambda estate: step(estate, "IsCommitted").pop("Default"),
        "PlaceOrderMachine.IsCommitted: has no Default",
    ),
    (
        workflows.definitions_are_jsonata_without_arns,
        lambda estate: step(estate, "PriceOrder")["Arguments"].update(FunctionName="arn:aws:lambda:x:1:function:y"),
        "PlaceOrderMachine.PriceOrder: holds the ARN arn:aws:lambda:x:1:function:y",
    ),
    (
        gateway.gateway_refusals_are_problems,
        lambda estate: gateway_response(estate, "UNAUTHORIZED")["responseParameters"].pop(
            "gatewayresponse.header.Content-Type"
        ),
        "OrdoApi.UNAUTHORIZED: is not application/problem+json",
    ),
    (
        gateway.gateway_refusals_are_problems,
        say_another_code,
        "OrdoApi.UNAUTHORIZED: has no body with a code of the closed set",
    ),
    (
        gateway.gateway_refusals_are_problems,
        lambda estate: gateway_response(estate, "ACCESS_DENIED").update(statusCode="401"),
        "OrdoApi.ACCESS_DENIED: answers 401, but forbidden is 403",
    ),
    (
        gateway.gateway_refusals_are_problems,
        lambda estate: properties(estate, "OrdoApi")["Body"]["x-amazon-apigateway-gateway-responses"].pop("THROTTLED"),
        "OrdoApi: has no gateway response for THROTTLED",
    ),
    (gateway.routes_are_stated_and_guarded, open_a_route, "/v1/orders: is open to everyone"),
]


@pytest.mark.parametrize(("rule", "edit", "expected"), BROKEN, ids=[expected for _, _, expected in BROKEN])
def test_a_rule_catches_what_breaks_it(findings: Find, rule: Rule, edit: Edit, expected: str) -> None:
    found = findings(rule, edit)
    assert [text for text in found if expected in text], found


def test_the_transform_refuses_what_sam_would_refuse(whole: Estate) -> None:
    source = {**whole.source, "Resources": {"Odd": {"Type": "AWS::Serverless::Function", "Properties": {"Events": 1}}}}
    with pytest.raises(Exception, match="Events"):
        transform(source)


def test_references_are_followed_through_parameters_and_outputs(whole: Estate) -> None:
    assert whole.follow("ObservabilityStack", {"Ref": "WebhooksDlq"}) == ("MessagingStack", "WebhooksDlq")
    assert whole.follow("root", {"Fn::GetAtt": ["DataStack", "Outputs.OrdersTableArn"]}) == ("DataStack", "OrdersTable")
    index = {"Fn::Sub": "${DataStack.Outputs.OrdersTableArn}/index/by_node"}
    assert whole.follow("root", index) == ("DataStack", "OrdersTable")
    assert whole.follow("root", {"Ref": "NoSuchThing"}) is None
