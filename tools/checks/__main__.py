"""Run every house rule: `python -m tools.checks`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

from tools.checks import dead_letters, functions, gateway, kept, roles, sources, workflows
from tools.checks.estate import Estate, Finding, read_estate

Rule = Callable[[Estate], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    dead_letters.queues_have_a_dead_letter_queue,
    dead_letters.event_sources_have_a_dead_letter_queue,
    dead_letters.dead_letter_queues_have_an_alarm,
    dead_letters.alarms_tell_somebody,
    dead_letters.alarms_have_a_page_in_the_runbook,
    roles.functions_have_their_own_role,
    roles.roles_are_exact,
    roles.workflow_roles_cover_exactly_their_calls,
    roles.resource_policies_have_room,
    functions.functions_run_on_arm64_and_are_traced,
    functions.logs_are_kept_for_a_stated_time,
    functions.timeouts_nest,
    functions.queues_wait_for_their_consumers,
    functions.functions_get_the_environment_they_ask_for,
    kept.tables_and_secrets_outlive_the_stack,
    kept.tables_are_protected,
    kept.stacks_stay_small,
    workflows.tasks_end_are_retried_and_caught,
    workflows.choices_have_a_default,
    workflows.definitions_are_jsonata_without_arns,
    gateway.gateway_refusals_are_problems,
    gateway.routes_are_stated_and_guarded,
    sources.handlers_are_short_and_apart,
    sources.contexts_keep_to_their_rooms,
    sources.counted_metrics_have_an_alarm,
    sources.files_are_fit_to_publish,
)


def main() -> int:
    """Print what is broken, rule by rule; 1 when something is."""
    estate, broken = read_estate(), 0
    for rule in RULES:
        findings = list(rule(estate))
        if findings:
            broken += 1
            print(f"{rule.__name__.replace('_', ' ')}: {(rule.__doc__ or '').splitlines()[0]}")
            print("".join(f"  - {finding}\n" for finding in findings), end="")
    resources = sum(len(template["Resources"]) for template in estate.stacks.values())
    verdict = f"{broken} of {len(RULES)} house rules are broken" if broken else f"all {len(RULES)} house rules hold"
    print(f"{verdict} ({resources} resources in {len(estate.stacks)} stacks)")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
