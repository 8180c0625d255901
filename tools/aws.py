"""SDK clients for the tools: of the embedded cloud, or of the account that the environment names."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from tools.server import ACCOUNT_KEY, REGION, endpoint

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient

_CONFIG = Config(
    connect_timeout=2,
    read_timeout=60,
    retries={"mode": "standard", "total_max_attempts": 4},
    s3={"addressing_style": "path"},
    inject_host_prefix=False,
)


class Aws:
    """Lazily made clients that share one session. Give a port for an embedded cloud, none for real AWS."""

    def __init__(self, port: int | None = None, region: str | None = None) -> None:
        self.port = port
        self._options: dict[str, Any] = {} if port is None else {"config": _CONFIG}
        if port is None:
            self._session = boto3.Session(region_name=region)
        else:
            self._session = boto3.Session(ACCOUNT_KEY, ACCOUNT_KEY, region_name=REGION)
            self._options["endpoint_url"] = endpoint(port)

    @property
    def region(self) -> str:
        return self._session.region_name or REGION

    @cached_property
    def apigateway(self) -> APIGatewayClient:
        return self._session.client("apigateway", **self._options)

    @cached_property
    def sesv2(self) -> SESV2Client:
        return self._session.client("sesv2", **self._options)

    @cached_property
    def cloudformation(self) -> CloudFormationClient:
        return self._session.client("cloudformation", **self._options)

    @cached_property
    def s3(self) -> S3Client:
        return self._session.client("s3", **self._options)

    @cached_property
    def dynamodb(self) -> DynamoDBClient:
        return self._session.client("dynamodb", **self._options)

    @cached_property
    def streams(self) -> Any:
        return self._session.client("dynamodbstreams", **self._options)

    @cached_property
    def sqs(self) -> SQSClient:
        return self._session.client("sqs", **self._options)

    @cached_property
    def events(self) -> EventBridgeClient:
        return self._session.client("events", **self._options)

    @cached_property
    def lambda_(self) -> LambdaClient:
        return self._session.client("lambda", **self._options)

    @cached_property
    def stepfunctions(self) -> SFNClient:
        return self._session.client("stepfunctions", **self._options)

    @cached_property
    def secretsmanager(self) -> SecretsManagerClient:
        return self._session.client("secretsmanager", **self._options)
