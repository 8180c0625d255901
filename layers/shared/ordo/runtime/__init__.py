"""The only room that knows Lambda, Powertools and boto3."""
