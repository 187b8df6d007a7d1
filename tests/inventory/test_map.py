"""The map: what it says of each image, where it draws things, and what it draws where there are too many."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree

import pytest

import imagelint
from fixtures.expect import FIXTURES
from imagelint.inventory.drawing import Mark, draw
from imagelint.inventory.images import images
from imagelint.inventory.plan import MAX_DRAWN, Group, Node, plan
from imagelint.inventory.rows import Inventory, Row, take
from imagelint.model import FunctionRef
from support.cli import start

SCENARIOS = ["demo", "conditions", "pull-cross-account-cdk", "pull-owned", "architectures", "bad-references", "stages"]


def of(scenario: str) -> Inventory:
    return take(imagelint.load(FIXTURES / scenario / "cdk.out"))


def drawn(inventory: Inventory) -> ElementTree.Element:
    return ElementTree.fromstring(draw(inventory))


def rows_of(drawing: ElementTree.Element) -> Iterator[tuple[str, str, str]]:
    """Each row's sentence, with the kinds of its lines and of its boxes."""
    for row in drawing.iter("g"):
        if row.get("class") == "row":
            kinds = {each.get("class", "").removeprefix("edge ") for each in row.iter("path")}
            boxes = [each.get("class", "").removeprefix("box").strip() for each in row.iter("rect")]
            yield row.findtext("title") or "", ",".join(kinds), ",".join(boxes)


SAID = {
    "nobody is let in": (
        "pull-cross-account-cdk",
        "Orders/AccountOnly (x86_64); runs shared/account-only, tag 1.4.2; another account, stack Shared; "
        "account 210987654321; who may pull: nobody",
        ("bad", ",bad"),
    ),
    "the policy is elsewhere": (
        "demo",
        "Orders/Worker/Resource (x86_64); runs orders/worker, tag latest; outside the assembly; "
        "who may pull: not visible here",
        ("open", ",open"),
    ),
    "another architecture": (
        "architectures",
        "Orders/ContradictingArm/Resource (arm64); "
        "runs cdk-hnb659fds-container-assets-${AWS::AccountId}-${AWS::Region}, "
        "tag HASH; built for linux/amd64; asset; "
        "who may pull: asset",
        ("ok", "bad,ok"),
    ),
}


@pytest.mark.parametrize(("scenario", "sentence", "kinds"), SAID.values(), ids=SAID)
def test_what_is_wrong_is_seen_and_said(scenario: str, sentence: str, kinds: tuple[str, str]) -> None:
    found = {re.sub("[0-9a-f]{64}", "HASH", said): tuple(how) for said, *how in rows_of(drawn(of(scenario)))}
    assert found[sentence] == kinds


def test_another_region_is_seen_at_the_line_and_at_the_repository() -> None:
    row = next(row for row in of("demo").rows if row.tag == "latest")
    elsewhere = replace(row, region="us-west-2", same_region=False)
    drawing = drawn(Inventory(1, (elsewhere,)))
    ((_, lines, _),) = rows_of(drawing)
    frames = [frame.findtext("title") for frame in drawing.iter("g") if frame.get("class") == "frame bad"]
    assert (lines, frames) == ("bad", ["123456789012 / us-west-2: another region"])
    assert "another region" in [text.text for text in drawing.iter("text") if text.get("class") == "aside bad"]


def spans(groups: tuple[Group, ...]) -> Iterator[Sequence[Group | Node]]:
    """What must not overlap: the groups, and in each the nodes."""
    yield list(groups)
    yield from (list(group.nodes) for group in groups)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_nothing_stands_on_another(scenario: str) -> None:
    planned = plan(of(scenario))
    for column in (planned.stacks, planned.accounts):
        for side_by_side in spans(column):
            assert all(above.top + above.height < below.top for above, below in pairwise(side_by_side))
        for group in column:
            assert all(
                group.top <= node.top and node.top + node.height <= group.top + group.height for node in group.nodes
            )
            assert 0 <= group.top <= group.top + group.height <= planned.height
    assert sorted(index for group in planned.accounts for node in group.nodes for index in node.rows) == list(
        range(len(planned.rows))
    )


def many(number: int) -> Inventory:
    (row, *_) = of("demo").rows
    return Inventory(1, tuple(_named(row, index) for index in range(number)))


def _named(row: Row, index: int) -> Row:
    return replace(row, function=FunctionRef(f"F{index}", f"App/F{index}", "App"))


def test_of_too_many_those_are_drawn_that_something_is_wrong_with() -> None:
    inventory = many(MAX_DRAWN + 50)
    wrong, found = inventory.rows[-1], inventory.rows[-2]
    rows = (*inventory.rows[:-1], replace(wrong, puller="nobody"))
    page = images(replace(inventory, rows=rows), {found.function: Mark("error", "1 error", "function-0")})
    assert page.count('class="row"') == MAX_DRAWN
    assert f"Drawn are {MAX_DRAWN} images, those with something wrong first; 50 more are in the table below." in page
    assert page.count("<tr id=") == len(rows)
    assert 'href="#function-0"' in page
    assert f'href="#image-{len(rows) - 1}"' in page
    assert f"App/F{MAX_DRAWN - 3}," in page
    assert f"App/F{MAX_DRAWN}," not in page


def test_a_page_without_images_says_so() -> None:
    done = start(FIXTURES / "clean-app", "inventory", "--format", "html")
    assert (done.returncode, done.stderr) == (0, "")
    assert 'class="map"' in done.stdout
    empty = start(FIXTURES / "clean-app", "inventory", "-", "--format", "html", stdin=b'{"Resources": {}}')
    assert "<p>No image function in 1 template.</p>" in empty.stdout
    assert 'class="map"' not in empty.stdout
