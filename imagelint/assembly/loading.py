"""Reading a cloud assembly: the stacks that its manifest names, those nested in them, and assemblies nested in it.

Driven by `manifest.json`, as `cdk deploy` is; a lone template and a folder of templates are assemblies without one.
Nothing in an assembly is trusted: every file it names must lie inside it, and what cannot be read is a `Problem` that
leaves the rest standing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from imagelint.assembly.around import is_cloud_assembly
from imagelint.assembly.assembly import Assembly
from imagelint.assembly.manifest import load_manifest
from imagelint.assembly.stack import MANIFEST
from imagelint.cloudformation.assumptions import why_not_value
from imagelint.documents.files import Root, UnreadableFileError, read_standard_input
from imagelint.text.holes import Hole

_SECTIONS: Final = frozenset(
    {"Resources", "Outputs", "Parameters", "Rules", "Mappings", "Conditions", "Transform", "Fn::Transform"}
)
_NOT_THERE: Final = "is not there; write a cloud assembly with `npx cdk synth`, or name another path"


def load(
    path: str | os.PathLike[str] = "cdk.out",
    *,
    shown_as: str | None = None,
    parameters: Mapping[str, str] | None = None,
    account: str | None = None,
    region: str | None = None,
) -> Assembly:
    """Read a cloud assembly, a template (JSON or YAML), a folder of templates, or standard input (`-`).

    Reports name a folder or a file as `path` does, or as `shown_as`. `parameters` are values instead of the Defaults,
    by name, in every stack that declares the name and is not nested; `account` (12 digits) and `region` hold where the
    assembly does not say them, as no lone template does. Never raises for what it reads: what cannot be read is in
    `problems`, and so is a value that CloudFormation would refuse for a parameter.
    """
    shown = os.fspath(path)
    if os.path.basename(shown) == MANIFEST:  # what a cloud assembly is known by stands for the assembly
        shown = os.path.dirname(shown) or "."
    given = (parameters, account, region)
    if shown == "-":
        assembly = Assembly(Root(os.curdir, ""), *given)
        try:
            text = read_standard_input()
        except UnreadableFileError as error:
            assembly.log.report_unread(error)
        else:
            _load_template(assembly, "-", text)
    elif os.path.isdir(shown):
        assembly = Assembly(Root(shown, shown if shown_as is None else shown_as), *given)
        _load_folder(assembly)
    else:
        folder, name = os.path.split(shown)
        shown_folder = folder if shown_as is None else os.path.dirname(shown_as)
        assembly = Assembly(Root(folder or os.curdir, shown_folder, named=name), *given)
        if os.path.exists(shown):
            _load_template(assembly, name, None)
        else:
            assembly.log.report(shown or "''", _NOT_THERE)
    _refuse_values(assembly)
    return assembly


def load_text(
    text: bytes,
    *,
    name: str = "-",
    parameters: Mapping[str, str] | None = None,
    account: str | None = None,
    region: str | None = None,
    why_open: str | None = None,
) -> Assembly:
    """Read a template (JSON or YAML) that has no file, and is deployed under a name. Never raises for what it reads.

    `why_open` says, in words that follow `is`, why a parameter has not its Default but a value that nobody told of.
    """
    assembly = Assembly(Root(os.curdir, ""), parameters, account, region)
    _load_template(assembly, name, text)
    for stack in assembly.stacks[:1]:
        if name != "-":
            stack.stack_name = name
        if why_open is not None:
            open_ones = {each: Hole(each, stack.name, why=why_open) for each in stack.section("Parameters")}
            stack.parameters = {**open_ones, **assembly.parameters}
    _refuse_values(assembly)
    return assembly


def _load_template(assembly: Assembly, file: str, text: bytes | None) -> None:
    """Take in a file that is named as a template. It has to be one, by a section of it; a stack of CDK may have no
    Resources."""
    from imagelint.assembly.folders import add_template

    add_template(assembly, file, text)
    for stack in assembly.stacks[:1]:
        if _SECTIONS.isdisjoint(stack.template) and not assembly.problems:
            assembly.log.report(
                stack.display_path, "is not a template: it has no Resources, nor any other section of one"
            )


def _load_folder(assembly: Assembly) -> None:
    root = assembly.root
    if is_cloud_assembly(root, "", if_unreadable=True):
        assembly.has_manifest = True
        load_manifest(assembly, "")
        if assembly.stacks or assembly.problems:
            return
        assembly.has_manifest = False
    from imagelint.assembly.folders import load_templates

    load_templates(assembly)
    if not assembly.stacks and not assembly.problems and not assembly.folders:
        assembly.log.report(
            root.display_path, "holds neither a manifest.json nor a template; write them with `npx cdk synth`"
        )


def _refuse_values(assembly: Assembly) -> None:
    """Note the values given for parameters that CloudFormation would refuse."""
    if not assembly.parameters:
        return
    for stack in assembly.stacks:
        if stack.owner is None:
            for name in assembly.parameters.keys() & stack.section("Parameters").keys():
                misfit = why_not_value(assembly.parameters[name], name, stack)
                if misfit is not None:
                    stack.report(("Parameters", name), f"the value given for parameter {name} {misfit}")
