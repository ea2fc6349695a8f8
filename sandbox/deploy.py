"""`sam deploy` to whatever endpoint we are told, and what came out of it."""

from collections.abc import Mapping
from pathlib import Path

import boto3
from botocore.config import Config

from sandbox.sam import sam

REGION = "us-east-1"


def deploy(
    template: Path, stack_name: str, endpoint_url: str, parameters: Mapping[str, str], log: Path
) -> dict[str, str]:
    """Deploys and returns the stack's outputs.

    Raises:
        SamFailed: the deployment was refused or rolled back.
    """
    command = ["deploy", "--template-file", str(template), "--stack-name", stack_name, "--resolve-s3"]
    command += ["--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
    command += ["--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar"]
    if parameters:
        command += ["--parameter-overrides", *(f"{name}={value}" for name, value in parameters.items())]
    # not in the project's folder: samconfig.toml there is for AWS
    sam(command, cwd=template.parent, log=log, extra=aws_environment(endpoint_url))
    return outputs(stack_name, endpoint_url)


def outputs(stack_name: str, endpoint_url: str) -> dict[str, str]:
    client = session().client("cloudformation", endpoint_url=endpoint_url, config=LOCAL_CONFIG)
    stack = client.describe_stacks(StackName=stack_name)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


# inject_host_prefix: else StartSyncExecution would go to the host sync-127.0.0.1
LOCAL_CONFIG = Config(inject_host_prefix=False, retries={"total_max_attempts": 3})


def session() -> boto3.Session:
    """With the emulator's well-known credentials, whatever the developer's own settings are."""
    return boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)


def aws_environment(endpoint_url: str) -> dict[str, str]:
    """For child processes that talk to the emulator by boto3 or the aws command."""
    return {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
    }
