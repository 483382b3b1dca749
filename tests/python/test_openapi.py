"""Every legacy API keeps what its OpenAPI document promises, whatever schemathesis asks of it."""

import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
import requests

HERE = Path(__file__).parent

# These need what a request cannot be given by chance: the link of a session, the host of a domain and a password.
BEYOND_CHANCE = {"auth.redirect", "boss.session.auth"}


@pytest.mark.parametrize("api", ["phone_systems", "boss"])
def test_an_api_keeps_its_promises(api, base, tmp_path):
    document = f"{base}/openapi/{api}.json"
    report = tmp_path / "report.ndjson"
    options = ["--config-file", HERE / "schemathesis.toml", "--no-color"]
    reports = ["--report", "ndjson", "--report-ndjson-path", report]
    done = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", *options, "run", document, *reports],
        cwd=tmp_path,
        env=os.environ | {"SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
    )
    if done.returncode != 0:
        pytest.fail(done.stdout, pytrace=False)
    assert never_well(requests.get(document, timeout=10).json()["paths"], report) == []


def never_well(paths, report):
    """The operations that can be done and never were: nothing would have been seen of their answers."""
    statuses = defaultdict(set)
    for line in report.read_text().splitlines():
        recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
        for id, interaction in recorder.get("interactions", {}).items():
            case = recorder["cases"][id]["value"]
            statuses[case["path"], case["method"].lower()].add((interaction["response"] or {}).get("status_code"))
    return [
        f"{method} {path}"
        for path, item in paths.items()
        for method, operation in item.items()
        if operation.get("operationId") not in BEYOND_CHANCE
        and (well := {int(status) for status in operation["responses"] if status < "400"})
        and not well & statuses[path, method]
    ]
