"""Checks the manifest for Kubernetes against the types of the API, as the official Python client knows them.

python tools/cluster/check_manifest.py        (pip install kubernetes==37.0.2)
"""

import pathlib
import sys

import pydantic
import yaml
from kubernetes.client import models

MANIFEST = pathlib.Path(__file__).with_name("collect-job.yaml")


def problems(manifest: dict) -> list[str]:
    """Members that the API does not have, values of another type, and required members that are missing."""
    try:
        models.V1Job.model_validate(manifest)
    except pydantic.ValidationError as error:
        return [str(error)]
    spec = manifest["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    count = next(each["value"] for each in container["env"] if each["name"] == "JOB_COMPLETIONS")
    return [] if count == str(spec["completions"]) else [f"JOB_COMPLETIONS is {count}, completions is {spec['completions']}"]


def main() -> int:
    found = problems(yaml.safe_load(MANIFEST.read_text()))
    print("\n".join(found) or "the manifest fits the API")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
