"""The templates of a folder that no manifest speaks of, and a template that is named by itself."""

from __future__ import annotations

import os

from imagelint.assembly.around import is_cloud_assembly
from imagelint.assembly.assembly import Assembly
from imagelint.assembly.candidates import (
    MAY_BE_TEMPLATE,
    has_ending,
    is_candidate,
    is_of_tools,
    is_set_aside,
    is_template,
    told,
)
from imagelint.assembly.manifest import load_manifest
from imagelint.assembly.nesting import add
from imagelint.assembly.stack import MANIFEST, Stack
from imagelint.cloudformation.values import DIGITS, OPEN_ACCOUNT, OPEN_REGION, REGION_CHARACTERS, STACK_CHARACTERS
from imagelint.documents.files import Root, UnreadableFileError
from imagelint.model import Problem
from imagelint.text.holes import Hole


def load_templates(assembly: Assembly) -> None:
    """Take in the templates of a folder, and the assemblies in it; say which files may be templates but are not read.

    In an assembly that names no stack its templates are read too: nothing else says that they are stale.
    """
    root = assembly.root
    passed_over: list[str] = []

    def cannot_enter(error: OSError) -> None:
        assembly.log.report(root.show(os.path.relpath(error.filename, root.path)), f"cannot be read: {error.strerror}")

    for path, folders, files in os.walk(root.path, onerror=cannot_enter):
        folder = os.path.relpath(path, root.path)
        folders[:] = sorted(name for name in folders if not is_of_tools(name))
        is_top = folder == os.curdir
        is_aside = not is_top and any(map(is_set_aside, folder.split(os.sep)))
        if MANIFEST in files and not is_aside and not is_top and is_cloud_assembly(root, folder, if_unreadable=False):
            known = len(assembly.stacks), len(assembly.problems)
            if os.path.realpath(path) not in assembly.folders:
                load_manifest(assembly, folder)
            if known != (len(assembly.stacks), len(assembly.problems)):
                folders.clear()
                continue
        passed_over.extend(os.path.join(folder, name) for name in folders if _leads_out(assembly.root, folder, name))
        for name in sorted(files):
            file = os.path.join(folder, name)
            if not is_candidate(name):
                if not is_aside and _is_named_otherwise(assembly, file):
                    passed_over.append(file)
                continue
            answer = _is_template(assembly, file, reads=not is_aside)
            if answer is None:
                passed_over.append(file)
            elif answer:
                add_template(assembly, os.path.normpath(file), None)
    if passed_over:
        files = [root.show(file) for file in passed_over]
        assembly.log.warn_unread(root.display_path, told(files), [Problem(file, MAY_BE_TEMPLATE) for file in files])


def _leads_out(root: Root, folder: str, name: str) -> bool:
    """Whether a folder is a link out of the one that is read, which is not followed."""
    if not os.path.islink(os.path.join(root.path, folder, name)):
        return False
    try:
        root.inside(folder, name, "folder")
    except UnreadableFileError:
        return True
    return False


def _is_template(assembly: Assembly, file: str, *, reads: bool) -> bool | None:
    """Whether a file of a folder is a template to read; None for one that may be a template but is not read.

    `reads` says whether it is read if it is one. What is named as a template and cannot be read is a problem.
    """
    try:
        file = assembly.root.inside("", file, "template")
        answer = is_template(file, assembly.root.read(file))
    except UnreadableFileError as error:
        if not reads or not has_ending(file):
            return None if os.path.islink(os.path.join(assembly.root.path, file)) else False
        assembly.log.report_unread(error)
        return False
    return answer if reads or not answer else None


def _is_named_otherwise(assembly: Assembly, file: str) -> bool:
    """Whether a file that is not named as a template is one nevertheless: somebody may deploy it under that name."""
    try:
        return is_template(file, assembly.root.read(assembly.root.inside("", file, "template"))) or False
    except UnreadableFileError:
        return False


def add_template(assembly: Assembly, file: str, data: bytes | None) -> None:
    stack = Stack(
        name=assembly.name_for(file.replace(os.sep, "/"), file),
        file=file,
        root=assembly.root,
        log=assembly.log,
        metadata=assembly.metadata,
        loops=assembly.loops,
        lookup=assembly.exports,
        account=Hole("AWS::AccountId", file, DIGITS, is_input=True, why=OPEN_ACCOUNT),
        region=Hole("AWS::Region", file, REGION_CHARACTERS, is_input=True, why=OPEN_REGION),
        stack_name=Hole("AWS::StackName", file, STACK_CHARACTERS),
        parameters=assembly.parameters,
        folder=os.path.dirname(file),
        data=data,
    )
    add(assembly, stack)
