"""Gateway responses on the embedded cloud, which takes an API's routes from the template but not these.

On AWS they come with the API's own definition and nothing here is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tools.artefacts import Package

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_apigateway.literals import GatewayResponseTypeType


def apply_gateway_responses(client: APIGatewayClient, package: Package, found: Mapping[str, str]) -> int:
    """Put the gateway responses that the template gives each API and deploy them; answers how many were put."""
    count = 0
    for logical_id, resource in package.template.get("Resources", {}).items():
        if resource.get("Type") != "AWS::Serverless::Api":
            continue
        properties = resource["Properties"]
        responses: dict[GatewayResponseTypeType, dict[str, Any]] = properties.get("GatewayResponses", {})
        for kind, response in responses.items():
            _put(client, found[logical_id], kind, response)
        if responses:
            client.create_deployment(restApiId=found[logical_id], stageName=properties["StageName"])
        count += len(responses)
    return count


def _put(client: APIGatewayClient, api: str, kind: GatewayResponseTypeType, response: Mapping[str, Any]) -> None:
    headers = response.get("ResponseParameters", {}).get("Headers", {})
    client.put_gateway_response(
        restApiId=api,
        responseType=kind,
        statusCode=str(response["StatusCode"]),
        responseParameters={f"gatewayresponse.header.{name}": value for name, value in headers.items()},
        responseTemplates=dict(response["ResponseTemplates"]),
    )
