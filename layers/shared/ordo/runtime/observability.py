"""Logs and metrics. Nothing personal goes in: ids and codes only."""

from __future__ import annotations

import os

from aws_lambda_powertools import Logger

logger = Logger(service=os.environ.get("POWERTOOLS_SERVICE_NAME", "ordo"), level=os.environ.get("LOG_LEVEL", "WARNING"))


def count(name: str, value: int = 1) -> None:
    """Add `value` to the CloudWatch metric `Ordo/<name>` (embedded metric format, no API call).

    Alarms watch the sum; the log line beside it says which order.
    """
    from aws_lambda_powertools.metrics import MetricUnit, single_metric

    namespace = os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "Ordo")
    with single_metric(name=name, unit=MetricUnit.Count, value=value, namespace=namespace):
        pass
