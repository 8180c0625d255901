"""What outlives a mistake: tables and secrets stay when a stack goes, and a stack stays small enough to deploy."""

from __future__ import annotations

from collections.abc import Iterator

from tools.checks.estate import ROOT, Estate, Finding

MAX_RESOURCES = 400
"""CloudFormation ends at 500 in a stack; what is above 400 needs a nested stack before it needs a rescue."""
_KEPT = ("AWS::DynamoDB::Table", "AWS::SecretsManager::Secret", "AWS::S3::Bucket")


def tables_and_secrets_outlive_the_stack(estate: Estate) -> Iterator[Finding]:
    """Retained on deletion and replacement; and so is the nested stack that holds them."""
    kept = dict(estate.of_type(*_KEPT))
    for stack in {place[0] for place in kept} - {ROOT}:
        kept[(ROOT, stack)] = estate.resource((ROOT, stack))
    for place, resource in sorted(kept.items()):
        if {resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")} != {"Retain"}:
            yield Finding(place[1], "is not retained (DeletionPolicy and UpdateReplacePolicy)")


def tables_are_protected(estate: Estate) -> Iterator[Finding]:
    """On demand, encrypted, protected against deletion, restorable to any second of five weeks."""
    for place, table in estate.of_type("AWS::DynamoDB::Table"):
        properties = table["Properties"]
        if properties.get("DeletionProtectionEnabled") is not True:
            yield Finding(place[1], "is not protected against deletion")
        if properties.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled") is not True:
            yield Finding(place[1], "has no point-in-time recovery")
        if properties.get("SSESpecification", {}).get("SSEEnabled") is not True:
            yield Finding(place[1], "is not encrypted with a key of the account")
        if properties.get("BillingMode") != "PAY_PER_REQUEST":
            yield Finding(place[1], "is not billed on demand")


def stacks_stay_small(estate: Estate) -> Iterator[Finding]:
    """Fewer than 400 resources in a stack after the SAM transform."""
    for stack, template in estate.stacks.items():
        if (count := len(template["Resources"])) >= MAX_RESOURCES:
            yield Finding(stack, f"has {count} resources, {MAX_RESOURCES} or more: nest some of them")
