"""A report with everything that a report may hold, and its parts."""

from __future__ import annotations

from imagelint.model import Finding, FunctionRef, Location, Problem, Related, Report, Source, Suppressed, Unknown
from imagelint.report.formats import Context
from imagelint.rules.rule import Rule

LATEST = Rule(
    id="image-tag-latest",
    number=9721,
    severity="error",
    summary="The image has no explicit tag.",
    why="Lambda resolves the tag once.\nNobody chose the code.\n",
    fix="Give it a tag.\n",
    references=("https://docs.aws.amazon.com/lambda/latest/dg/images-create.html",),
    cdk={},
    snippets="image-tag-latest",
    when={},
    asserts={},
    message="",
    examples={},
    about="function",
)
MUTABLE = LATEST._replace(
    id="image-tag-mutable",
    number=9722,
    severity="warning",
    summary="People move the tag.",
    why="It changes.",
    fix="Pin it.",
    references=(),
)

API = FunctionRef("ApiFn1", "Shop/Api/Fn/Resource", "Shop")
JOB = FunctionRef("JobFn2", None, "Shop/Jobs")
IDLE = FunctionRef("IdleFn3", "Shop/Idle/Resource", "Shop")

API_CODE = Location("cdk.out/Shop.template.json", "/Resources/ApiFn1/Properties/Code/ImageUri", 41, 9)
JOB_CODE = Location("cdk.out/Jobs.template.json", "/Resources/JobFn2/Properties/Code/ImageUri")
REPOSITORY = Location("cdk.out/Shop.template.json", "/Resources/Repo", 7, 5)
QUEUE = Location("cdk.out/Shop.template.json", "/Resources/Queue", 90, 3)

API_LATEST = Finding(
    rule="image-tag-latest",
    code="E9721",
    severity="error",
    message="${AWS::AccountId}/api has no tag",
    function=API,
    location=API_CODE,
    source=Source("lib/app.ts", 18, 14),
    related=(
        Related(REPOSITORY, "the repository", Source("lib/repo.ts", 12, 3)),
        Related(QUEUE, "the queue"),
    ),
    when="IsProd is false",
    fix="Give it a tag,\nsuch as the commit.\n",
    help="imagelint explain image-tag-latest",
    identity="f1",
)
API_MUTABLE = API_LATEST._replace(
    rule="image-tag-mutable",
    code="W9722",
    severity="warning",
    message="api:dev moves",
    related=(),
    when=None,
    fix="Pin it.",
    identity="f2",
)
JOB_LATEST = API_LATEST._replace(
    message="job has no tag",
    function=JOB,
    location=JOB_CODE,
    source=None,
    related=(),
    when=None,
    help="",
    identity="f3",
)

REPORT = Report(
    templates=2,
    functions=3,
    findings=(API_LATEST, JOB_LATEST, API_MUTABLE),
    suppressed=(Suppressed("image-tag-latest", IDLE, "config", "until the move"),),
    unknown=(Unknown("image-tag-mutable", JOB, ("image.tag", "image.digest")),),
    errors=(Problem("cdk.out/Bad.template.json:12", "is cut off"),),
)
CONTEXT = Context(
    version="1.2.3",
    rules=(LATEST, MUTABLE),
    functions={API: Source("lib/app.ts", 18, 14), IDLE: Location("cdk.out/Shop.template.json", "/Resources/IdleFn3")},
    root="/repo",
    directory="/repo/infra",
)
