"""Writes what CloudFormation makes of ``template.yaml``, for the security scanner: ``python -m scripts.aws.processed OUTPUT``.

The same two steps as in a deployment, by the same code: `sam deploy` writes YAML anchors out, and the transform of AWS SAM, which AWS runs
itself, turns ``AWS::Serverless`` resources into those that exist.
"""

import json
import sys
from pathlib import Path
from typing import Any

from samcli.yamlhelper import (  # type: ignore[import-not-found]  # only in the environment of requirements/cloud.txt
    yaml_dump,
    yaml_parse,
)
from samtranslator.translator.transform import transform  # type: ignore[import-not-found]
from scripts.aws.deploy import TEMPLATE

REGION = "us-east-1"


class _NoPolicies:
    """SAM's own managed policies, which the template does not use."""

    def load(self) -> dict[str, str]:
        return {}


def written_out(text: str) -> dict[str, Any]:
    """The template as it is sent to CloudFormation, which knows neither anchors nor merges."""
    sent = yaml_dump(yaml_parse(text))
    parsed: dict[str, Any] = yaml_parse(sent)
    return parsed


def processed(template: dict[str, Any]) -> dict[str, Any]:
    """The template after SAM's transform."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            # Deploying uploads the package; where to does not matter here.
            resource["Properties"]["CodeUri"] = f"s3://bucket/{resource['Properties']['CodeUri']}"
    done: dict[str, Any] = transform(
        template, {"AWS::Region": REGION, "AWS::Partition": "aws"}, _NoPolicies()
    )
    return done


def main() -> int:
    """Command line."""
    output = Path(sys.argv[1])
    output.parent.mkdir(parents=True, exist_ok=True)
    result = processed(written_out(TEMPLATE.read_text("utf-8")))
    output.write_text(json.dumps(result, indent=1), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
