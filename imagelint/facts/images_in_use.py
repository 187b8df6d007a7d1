"""How many images of each repository the assembly's functions use, whatever the conditions. Knows no rules."""

from __future__ import annotations

from imagelint.assembly.functions import Function, functions_of
from imagelint.assembly.resource_types import FUNCTION_TYPES
from imagelint.assembly.resources import Resource
from imagelint.aws.image_reference import ImageReference, parse
from imagelint.cloudformation.evaluation import Evaluation
from imagelint.cloudformation.scenario import Scenario
from imagelint.cloudformation.scope import TemplateError
from imagelint.cloudformation.values import ABSENT, as_text
from imagelint.facts.index import ResourceIndex, Wanted
from imagelint.text.holes import render


class ImagesInUse:
    """The images that the functions of an assembly use, by the repository of the assembly that they are in."""

    def __init__(self, index: ResourceIndex) -> None:
        self._known: dict[tuple[str, str], set[str]] = {}
        self._unknown = 0
        self._may_be_more = bool(index.adding(*FUNCTION_TYPES))
        for stack in index.assembly.stacks:
            for function in functions_of(stack):
                evaluation = Evaluation(Scenario(exhausted=True))
                reference = _image_of(function, evaluation)
                if reference is None or reference.repository is None:
                    self._unknown += reference is None or reference.registry is None
                    continue
                wanted = Wanted("AWS::ECR::Repository", reference.repository, reference.account, reference.region)
                found = index.find(wanted, stack, evaluation.assumptions.known_as)
                if isinstance(found, Resource):
                    image = render(reference.tag or reference.digest or "")
                    self._known.setdefault((found.stack.name, found.logical_id), set()).add(image)
                elif found is not None:
                    self._unknown += 1

    def of(self, repository: Resource) -> tuple[int, int | None]:
        """How many images of a repository are used: at least and, with what is unknown, at most.

        None for the latter where any number of functions may be made that the templates do not show.
        """
        known = len(self._known.get((repository.stack.name, repository.logical_id), ()))
        return known, None if self._may_be_more else known + self._unknown


def _image_of(function: Function, evaluation: Evaluation) -> ImageReference | None:
    """The image of a function; one of another registry stands for a .zip, None is what cannot be known."""
    written = function.properties.get("ImageUri" if function.is_serverless else "Code")
    if written is None:
        return None if function.is_open else ImageReference(registry="other")
    try:
        value = evaluation.value(written)
    except TemplateError:  # which whoever judges the property reports
        return None
    if not function.is_serverless and isinstance(value, dict):
        value = value.get("ImageUri")
    if value is None or value is ABSENT:
        return ImageReference(registry="other")
    text = as_text(value)
    return None if text is None else parse(text)
