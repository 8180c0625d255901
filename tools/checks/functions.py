"""How functions run: arm64, traced, with kept logs, time-outs that nest, and the environment their code asks for."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tools.checks.estate import ROOT, Estate, Finding, Place
from tools.checks.roles import as_list, called_functions, statements

API_TIMEOUT_S = 29
RUNTIME = "python3.13"


def functions_run_on_arm64_and_are_traced(estate: Estate) -> Iterator[Finding]:
    """One runtime, one architecture, active tracing: for functions, layers, workflows and the API."""
    for name, function in estate.functions().items():
        if function.get("Architectures") != ["arm64"] or function.get("Runtime") != RUNTIME:
            yield Finding(name, f"does not run on {RUNTIME} and arm64")
        if function.get("TracingConfig", {}).get("Mode") != "Active":
            yield Finding(name, "is not traced actively")
    for place, layer in estate.of_type("AWS::Lambda::LayerVersion"):
        if layer["Properties"].get("CompatibleArchitectures") != ["arm64"]:
            yield Finding(place[1], "is not for arm64")
    for place, machine in estate.of_type("AWS::StepFunctions::StateMachine"):
        if machine["Properties"].get("TracingConfiguration", {}).get("Enabled") is not True:
            yield Finding(place[1], "is not traced")
    for place, stage in estate.of_type("AWS::ApiGateway::Stage"):
        if stage["Properties"].get("TracingEnabled") is not True:
            yield Finding(place[1], "is not traced")


def logs_are_kept_for_a_stated_time(estate: Estate) -> Iterator[Finding]:
    """Every log group has a retention; every function and workflow writes to one of its own."""
    for place, group in estate.of_type("AWS::Logs::LogGroup"):
        if "RetentionInDays" not in group["Properties"]:
            yield Finding(place[1], "keeps its logs for ever (RetentionInDays)")
    taken: set[Place] = set()
    for name, function in estate.functions().items():
        found = estate.follow(ROOT, function.get("LoggingConfig", {}).get("LogGroup"))
        if found is None or found in taken:
            yield Finding(name, "has no log group of its own in the template")
        else:
            taken.add(found)
        if function.get("LoggingConfig", {}).get("LogFormat") != "JSON":
            yield Finding(name, "does not log as JSON")
    for place, machine in estate.of_type("AWS::StepFunctions::StateMachine"):
        logging = machine["Properties"].get("LoggingConfiguration", {})
        if not logging.get("Destinations"):
            yield Finding(place[1], "has no log group")
        if logging.get("IncludeExecutionData") is not False:
            yield Finding(place[1], "logs execution data, which may be personal")


def timeouts_nest(estate: Estate) -> Iterator[Finding]:
    """Step within task within workflow within the function that waits for it within the API's 29 s."""
    functions = estate.functions()
    for _, _, uri in routes(estate):
        name = uri[1]
        if functions[name]["Timeout"] >= API_TIMEOUT_S:
            yield Finding(name, f"may run longer than the API waits ({API_TIMEOUT_S} s)")
    for place, machine in estate.of_type("AWS::StepFunctions::StateMachine"):
        definition = estate.workflows[place[1]]
        whole = definition.get("TimeoutSeconds", 0)
        substitutions = machine["Properties"].get("DefinitionSubstitutions", {})
        for state, text in called_functions(definition):
            step = estate.follow(place[0], substitutions.get(text))
            limit = definition["States"].get(state, {}).get("TimeoutSeconds", 0)
            if step and not functions[step[1]]["Timeout"] <= limit < whole:
                yield Finding(f"{place[1]}.{state}", "step, task and workflow time-outs do not nest")
        for name in _callers(estate, place):
            if functions[name]["Timeout"] <= whole:
                yield Finding(name, f"waits for {place[1]} but gives up before it does")


def queues_wait_for_their_consumers(estate: Estate) -> Iterator[Finding]:
    """A message stays invisible for six times its consumer's time-out, as AWS advises, so nobody takes it twice."""
    functions = estate.functions()
    for place, source in estate.of_type("AWS::Lambda::EventSourceMapping"):
        queue = estate.follow(place[0], source["Properties"]["EventSourceArn"])
        consumer = estate.follow(place[0], source["Properties"]["FunctionName"])
        if source["Properties"].get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield Finding(place[1], "repeats the whole batch for one failure (ReportBatchItemFailures)")
        if queue is None or consumer is None or estate.resource(queue)["Type"] != "AWS::SQS::Queue":
            continue
        if estate.resource(queue)["Properties"].get("VisibilityTimeout", 30) < 6 * functions[consumer[1]]["Timeout"]:
            yield Finding(queue[1], f"hides a message for less than six times the time-out of {consumer[1]}")


def functions_get_the_environment_they_ask_for(estate: Estate) -> Iterator[Finding]:
    """Every required field of a function's `Settings` is in its environment; folders and template agree."""
    folders = {path.parent.name for path in estate.root.glob("functions/*/app.py")}
    named = {
        str(resource["Properties"]["CodeUri"]).rpartition("/")[2]: logical_id
        for logical_id, resource in estate.source["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    for folder in sorted(folders ^ named.keys()):
        yield Finding(f"functions/{folder}", "is not both a folder with an app.py and a function of the template")
    for folder in sorted(folders & named.keys()):
        variables = estate.functions()[named[folder]].get("Environment", {}).get("Variables", {})
        text = (estate.root / "functions" / folder / "app.py").read_text()
        for name in sorted(_required_settings(text) - variables.keys()):
            yield Finding(f"functions/{folder}", f"asks for the variable {name}, which the template does not give it")


def routes(estate: Estate) -> Iterator[tuple[str, str, Place]]:
    """(path, method, function) of every route of every API."""
    for place, api in estate.of_type("AWS::ApiGateway::RestApi"):
        for path, methods in api["Properties"]["Body"]["paths"].items():
            for method, operation in methods.items():
                uri = operation.get("x-amazon-apigateway-integration", {}).get("uri")
                if found := estate.follow(place[0], _without_region(uri)):
                    yield path, method, found


def _without_region(uri: object) -> object:
    text = uri.get("Fn::Sub") if isinstance(uri, dict) else None
    return {"Fn::Sub": text.partition("/functions/")[2]} if isinstance(text, str) else None


def _callers(estate: Estate, machine: Place) -> Iterator[str]:
    """Functions whose role lets them start the workflow and wait for it."""
    for name, function in estate.functions().items():
        role = estate.follow(ROOT, function["Role"])
        for statement in statements(estate.resource(role)) if role else []:
            targets = [estate.follow(ROOT, resource) for resource in as_list(statement["Resource"])]
            if "states:StartSyncExecution" in as_list(statement["Action"]) and machine in targets:
                yield name


def _required_settings(text: str) -> set[str]:
    """Names, in upper case, of the fields without a default in the classes called `Settings`."""
    return {
        statement.target.id.upper()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ClassDef) and node.name.endswith("Settings")
        for statement in node.body
        if isinstance(statement, ast.AnnAssign) and statement.value is None and isinstance(statement.target, ast.Name)
    }
