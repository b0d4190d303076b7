"""Reads the report of a run: prints how many requests there were, and fails when the run was not a whole one.

A run in which nothing is accepted finds nothing either, so enough of the requests must have been.
"""

import json
import sys

LEAST_ACCEPTED = 200

with open(sys.argv[1], encoding="utf-8") as file:
    report = json.load(file)

phases = [phase for rates in report["valid_rates"].values() for phase in rates.values()]
accepted = sum(phase["accepted"] for phase in phases)
problems = []
if not report["complete"] or report["errors"]:
    problems.append(f"the run ended early: {report['stop_reason']}, {report['errors']}")
if report["operations"]["tested"] != report["operations"]["selected"]:
    problems.append(f"not every operation was called: {report['operations']}")
if accepted < LEAST_ACCEPTED:
    problems.append(f"only {accepted} requests were accepted")

print(report["test_cases"]["generated"])
for problem in problems:
    print(problem, file=sys.stderr)
sys.exit(bool(problems))
