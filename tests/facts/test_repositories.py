"""Repositories of the app, through the real command line: what is there at first, and what takes an image away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import imagelint.facts.first_deploy
from imagelint.assembly.resources import Resource
from imagelint.cloudformation.values import Value
from imagelint.facts.index import settled
from support.builders import REGISTRY, function, write_assembly
from support.cli import report

LAMBDA_MAY_PULL = {
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
    }
}


def repository(name: str | None = "orders", /, **properties: Any) -> dict[str, Any]:
    """A repository that Lambda may pull from."""
    named = {} if name is None else {"RepositoryName": name}
    return {
        "Type": "AWS::ECR::Repository",
        "Properties": {**named, "RepositoryPolicyText": LAMBDA_MAY_PULL, **properties},
    }


def of_resource(logical_id: str, tag: str = "1.4.2") -> dict[str, Any]:
    """A function that runs an image of a repository in its own template."""
    return function({"Fn::Sub": f"{REGISTRY}/${{{logical_id}}}:{tag}"})


def named(tag: str, name: str = "orders") -> dict[str, Any]:
    """A function that runs an image of a repository by its name."""
    return function(f"{REGISTRY}/{name}:{tag}")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


# -- the first deployment -----------------------------------------------------------------------------------------

FIRST = "repository-empty-on-first-deploy"
RETAINED = {"DeletionPolicy": "Retain"}


def said(shown: str) -> str:
    return (
        f"one deployment makes {shown} and a function that uses it, and nothing in it pushes an image; none can be "
        "there on the first one"
    )


FIRST_DEPLOYMENTS: dict[str, tuple[dict[str, dict[str, Any]], list[str], int]] = {
    "a repository and its function": (
        {"App": {"Repo": repository(), "Fn": of_resource("Repo")}},
        [said("the repository orders")],
        0,
    ),
    "one finding for a repository, however many functions use it": (
        {
            "App": {
                "Repo": repository(),
                "A": of_resource("Repo"),
                "B": of_resource("Repo", "2.0.0"),
                "C": named("3.0.0"),
            }
        },
        [said("the repository orders")],
        0,
    ),
    "one for each of two repositories": (
        {
            "App": {
                "One": repository("one"),
                "Two": repository("two"),
                "A": of_resource("One"),
                "B": of_resource("Two"),
            }
        },
        [said("the repository one"), said("the repository two")],
        0,
    ),
    "repositories of one name in two stacks": (
        {
            "Dev": {"Repo": repository(None), "Fn": of_resource("Repo")},
            "Prod": {"Repo": repository(None), "Fn": of_resource("Repo")},
        },
        [said("the repository Repo"), said("the repository Repo")],
        0,
    ),
    "kept when its stack goes, with a name that CloudFormation makes up": (
        {"App": {"Repo": repository(None) | RETAINED, "Fn": of_resource("Repo")}},
        [said("the repository Repo")],
        0,
    ),
    "kept when its stack goes, with a name of its own: it may be there": (
        {"App": {"Repo": repository() | RETAINED, "Fn": of_resource("Repo")}},
        [],
        1,
    ),
    "another stack's": ({"Repos": {"Repo": repository()}, "App": {"Fn": named("1.4.2")}}, [], 0),
}


@pytest.mark.parametrize(("stacks", "messages", "unknown"), FIRST_DEPLOYMENTS.values(), ids=FIRST_DEPLOYMENTS)
def test_the_first_deployment(stacks: dict[str, dict[str, Any]], messages: list[str], unknown: int) -> None:
    document = report(write_assembly("cdk.out", stacks), f"--select={FIRST}")
    assert [(each["code"], each["message"]) for each in document["findings"]] == [("E9772", each) for each in messages]
    assert [each["facts"] for each in document["unknown"]] == [["repository.empty_at_first"]] * unknown


@pytest.mark.interpreted
def test_what_may_push_is_looked_at_once_for_all_repositories(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each repository more, with its function and a custom resource, takes as many evaluations as the one before."""
    looks = [0]

    def counted(resource: Resource, name: str) -> Value:
        looks[-1] += 1
        return settled(resource, name)

    monkeypatch.setattr(imagelint.facts.first_deploy, "settled", counted)
    for repositories in (10, 20, 30):
        looks.append(0)
        resources: dict[str, Any] = {}
        for number in range(repositories):
            resources[f"Repo{number}"] = repository(f"orders{number}")
            resources[f"Fn{number}"] = of_resource(f"Repo{number}") | {"DependsOn": [f"Migration{number}"]}
            resources[f"Migration{number}"] = {"Type": "Custom::Migration", "Properties": {"ServiceToken": "arn:x"}}
        document = report(write_assembly(f"{repositories}.out", {"App": resources}), f"--select={FIRST}")
        assert len(document["findings"]) == repositories
    assert looks[3] - looks[2] == looks[2] - looks[1] > 0


# -- the lifecycle ------------------------------------------------------------------------------------------------

EXPIRES, COUNTS = "lifecycle-expires-image", "lifecycle-count-expires-image"


def expiring(kind: str, number: int) -> dict[str, Any]:
    """A repository with a rule for every image: by the count of newer ones, or by the days since the push."""
    unit = {"countUnit": "days"} if kind == "sinceImagePushed" else {}
    selection = {"tagStatus": "any", "countType": kind, "countNumber": number, **unit}
    rules = {"rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]}
    return repository(LifecyclePolicy={"LifecyclePolicyText": json.dumps(rules)})


MORE, PUSHED = "imageCountMoreThan", "sinceImagePushed"
OPEN = function({"Ref": "AWS::NotificationARNs"})
LIFECYCLES: dict[str, tuple[dict[str, Any], list[tuple[str, str]], list[str]]] = {
    "by age": ({"Repo": expiring(PUSHED, 900), "Fn": named("1.4.2")}, [(EXPIRES, "Fn")], []),
    "by a count above what is used": ({"Repo": expiring(MORE, 2), "Fn": named("1.4.2")}, [(COUNTS, "Fn")], []),
    "by a count of what is used": ({"Repo": expiring(MORE, 1), "Fn": named("1.4.2")}, [(EXPIRES, "Fn")], []),
    "by a count below what is used": (
        {"Repo": expiring(MORE, 2), "A": named("1"), "B": of_resource("Repo", "2"), "C": named("3")},
        [(EXPIRES, "A"), (EXPIRES, "B"), (EXPIRES, "C")],
        [],
    ),
    "an image that two functions run is one, and one finding": (
        {"Repo": expiring(MORE, 2), "A": named("1"), "B": named("1")},
        [(COUNTS, "A")],
        [],
    ),
    "images of other repositories and .zip files do not count": (
        {
            "Repo": expiring(MORE, 2),
            "A": named("1"),
            "B": named("1", "invoices"),
            "C": {"Type": "AWS::Lambda::Function", "Properties": {"Code": {"ZipFile": "x = 1"}}},
            "D": function("python:3.12"),
        },
        [(COUNTS, "A")],
        [],
    ),
    "an image that may be of the repository": (
        {"Repo": expiring(MORE, 2), "A": named("1"), "B": OPEN},
        [],
        ["A", "A", "B", "B"],
    ),
    "more than enough for one that may be": (
        {"Repo": expiring(MORE, 3), "A": named("1"), "B": OPEN},
        [(COUNTS, "A")],
        ["B", "B"],
    ),
    "no rule": ({"Repo": repository(), "Fn": named("1.4.2")}, [], []),
}


@pytest.mark.parametrize(("resources", "found", "unknown"), LIFECYCLES.values(), ids=LIFECYCLES)
def test_a_rule_that_takes_images_away(
    resources: dict[str, Any], found: list[tuple[str, str]], unknown: list[str]
) -> None:
    document = report(write_assembly("cdk.out", {"App": resources}), f"--select={EXPIRES},{COUNTS}")
    assert [(each["rule"], each["function"]["logical_id"]) for each in document["findings"]] == found
    assert [each["function"]["logical_id"] for each in document["unknown"]] == unknown


def test_a_count_that_spares_says_how_many_images_are_used() -> None:
    stacks = {"App": {"Repo": expiring(MORE, 9), "A": named("1"), "B": named("2")}}
    document = report(write_assembly("cdk.out", stacks), f"--select={COUNTS}")
    assert [(each["code"], each["message"]) for each in document["findings"]] == [
        (
            "I9774",
            f"{REGISTRY}/orders:{tag}: lifecycle rule 1 can expire it when 9 newer images match the rule, by the "
            "lifecycle policy of the repository orders; the app's functions use 2 of its images",
        )
        for tag in ("1", "2")
    ]
