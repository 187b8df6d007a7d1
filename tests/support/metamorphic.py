"""Rewritings of a cloud assembly that change nothing of what it deploys.

Values become equivalent intrinsic functions; names, order and the division into stacks change. Knows CloudFormation and
the layout of cdk.out, and nothing of rules.
"""

from __future__ import annotations

import copy
import json
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import imagelint

Rewrite = Callable[[Any], Any]
"""A value that CloudFormation takes for a string, as an equivalent one."""

NESTED: Final = "AWS::CloudFormation::Stack"
WRITER: Final = "Custom::CrossRegionExportWriter"
JUDGED: Final = (
    "AWS::CloudFront::Distribution",
    "AWS::ECR::PullThroughCacheRule",
    "AWS::ECR::RegistryPolicy",
    "AWS::ECR::Repository",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::Lambda::Function",
    "AWS::Lambda::Version",
    "AWS::SSM::Parameter",
)
"""The resource types whose every string imagelint may judge or follow; those above hand others on."""
_TEXTS: Final = {"Ref", "Fn::GetAtt", "Fn::GetStackOutput", "Fn::ImportValue", "Fn::Join", "Fn::Select", "Fn::Sub"}
"""The functions whose value is a string wherever CDK writes them in a judged property."""
_PLACEHOLDER: Final = re.compile(r"\$\{(?!!)([^{}]+)\}")
_BRACED: Final = re.compile(r"\$\{([^{}]*)\}")
_ORDINARY: Final = re.compile(r"(?s)(?!.*\{\{resolve:).+")
"""A text that functions may take apart: not empty, and without a dynamic reference, which is resolved last."""


@dataclass
class Documents:
    """The manifests and templates of an assembly by their paths in it, to be rewritten in place."""

    files: dict[str, Any] = field(default_factory=dict)
    artifacts: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The manifest, and the artifact in it, that each template is deployed by."""
    templates: list[str] = field(default_factory=list)
    split_off: dict[str, str] = field(default_factory=dict)
    """The templates that were split off from another one, with that one."""
    outermost: list[str] = field(default_factory=list)
    """The templates that are not nested in another one."""

    @staticmethod
    def read(folder: Path) -> Documents:
        """Those of a folder. Which templates it has is taken from imagelint, which its own tests hold to that."""
        documents = Documents()
        for stack in imagelint.load(folder).stacks:
            manifest = os.path.normpath(os.path.join(stack.folder, "manifest.json"))
            documents.files.setdefault(manifest, json.loads((folder / manifest).read_text(encoding="utf-8")))
            documents.files[stack.file] = json.loads((folder / stack.file).read_text(encoding="utf-8"))
            artifacts = documents.files[manifest]["artifacts"]
            name = next(name for name, artifact in artifacts.items() if artifact == stack.artifact)
            assert documents.artifacts.setdefault(stack.file, (manifest, name)) == (manifest, name)
            documents.templates.append(stack.file)
            extra = stack.artifact.get("additionalMetadataFile")
            if extra is not None:
                file = os.path.normpath(os.path.join(stack.folder, extra))
                documents.files.setdefault(file, json.loads((folder / file).read_text(encoding="utf-8")))
            if stack.parent is None:
                documents.outermost.append(stack.file)
        root = folder / "manifest.json"  # which names no stack itself where all of them are in stages
        documents.files.setdefault("manifest.json", json.loads(root.read_text(encoding="utf-8")))
        return documents

    def write(self, folder: Path) -> None:
        """Write them over those of a folder, on one line each, which changes nothing either."""
        for file, document in self.files.items():
            (folder / file).write_text(json.dumps(document), encoding="utf-8")

    def artifact(self, template: str) -> dict[str, Any]:
        """The artifact that deploys a template."""
        manifest, name = self.artifacts[template]
        artifact: dict[str, Any] = self.files[manifest]["artifacts"][name]
        return artifact

    def metadata(self, template: str) -> list[dict[str, Any]]:
        """The metadata of the constructs that a template is made of: inline, and in a file of their own."""
        manifest, _ = self.artifacts[template]
        artifact = self.artifact(template)
        found = [artifact.get("metadata", {})]
        if "additionalMetadataFile" in artifact:
            found.append(self.files[os.path.join(os.path.dirname(manifest), artifact["additionalMetadataFile"])])
        return found

    def add_stack(self, template: str, name: str, content: Mapping[str, Any], metadata: Mapping[str, Any]) -> str:
        """A stack before the one that deploys a template, in the same environment; that one depends on it."""
        manifest, artifact = self.artifacts[template]
        file = os.path.join(os.path.dirname(manifest), f"{name}.template.json")
        self.files[file] = content
        artifacts = self.files[manifest]["artifacts"]
        added = {
            "type": "aws:cloudformation:stack",
            "environment": artifacts[artifact]["environment"],
            "properties": {"templateFile": os.path.basename(file)},
            "displayName": name,
            "metadata": metadata,
        }
        self.files[manifest]["artifacts"] = {name: added, **artifacts}
        artifacts[artifact].setdefault("dependencies", []).append(name)
        return file


Rewriting = Callable[[Documents], None]


# -- values into equivalent ones ----------------------------------------------------------------------------------


def values(rewrite_for: Callable[[Documents, str], Rewrite]) -> Rewriting:
    """Rewrite every value of every template that CloudFormation takes for a string and imagelint may look at."""

    def rewriting(documents: Documents) -> None:
        for file in documents.templates:
            template = documents.files[file]
            before = dict(template.get("Resources", {}))
            _rewrite_template({**template, "Resources": before}, rewrite_for(documents, file))

    return rewriting


def _rewrite_template(template: dict[str, Any], rewrite: Rewrite) -> None:
    for resource in template.get("Resources", {}).values():
        properties = resource.get("Properties", {})
        if resource["Type"] == NESTED and "Parameters" in properties:
            properties["Parameters"] = _rewritten(properties["Parameters"], rewrite)
        elif resource["Type"] == WRITER:  # whose region CDK knows when it writes it
            properties["WriterProps"]["exports"] = _rewritten(properties["WriterProps"]["exports"], rewrite)
        elif resource["Type"] in JUDGED:
            resource["Properties"] = _rewritten(properties, rewrite)
    for output in template.get("Outputs", {}).values():
        output["Value"] = _rewritten(output["Value"], rewrite)


def _rewritten(value: Any, rewrite: Rewrite) -> Any:
    if isinstance(value, str):
        return rewrite(value)
    if isinstance(value, list):
        return [_rewritten(item, rewrite) for item in value]
    if not isinstance(value, dict) or value == {"Ref": "AWS::NoValue"}:
        return value
    name = next(iter(value), "")
    if len(value) != 1 or not (name == "Ref" or name.startswith("Fn::")):
        return {key: _rewritten(entry, rewrite) for key, entry in value.items()}
    argument = value[name]
    if name == "Fn::If":
        return {name: [argument[0], *(_rewritten(branch, rewrite) for branch in argument[1:])]}
    if name == "Fn::Join" and isinstance(argument[1], list):
        value = {name: [argument[0], _rewritten(argument[1], rewrite)]}
    return rewrite(value) if name in _TEXTS else value


def joined(_: Documents, __: str) -> Rewrite:
    """Fn::Join of the value's halves."""

    def rewrite(value: Any) -> Any:
        if isinstance(value, str) and _ORDINARY.fullmatch(value):
            return {"Fn::Join": ["", [value[: len(value) // 2], value[len(value) // 2 :]]]}
        return {"Fn::Join": ["-", [value]]}

    return rewrite


def substituted(_: Documents, __: str) -> Rewrite:
    """Fn::Sub with nothing to substitute, or with the value as a variable."""

    def rewrite(value: Any) -> Any:
        if isinstance(value, str):
            return {"Fn::Sub": _BRACED.sub("${!\\1}", value)}
        return {"Fn::Sub": ["${The.Value}", {"The.Value": value}]}

    return rewrite


def substituted_by_name(_: Documents, __: str) -> Rewrite:
    """Ref and Fn::GetAtt as the names in Fn::Sub."""

    def rewrite(value: Any) -> Any:
        if isinstance(value, dict) and "Ref" in value:
            return {"Fn::Sub": f"${{{value['Ref']}}}"}
        if isinstance(value, dict) and isinstance(value.get("Fn::GetAtt"), list):
            return {"Fn::Sub": f"${{{'.'.join(value['Fn::GetAtt'])}}}"}
        return value

    return rewrite


def selected(_: Documents, __: str) -> Rewrite:
    """Fn::Select from a list, the index as a string, which CDK writes too."""
    return lambda value: {"Fn::Select": ["1", ["another", value]]}


def split(_: Documents, __: str) -> Rewrite:
    """Fn::Select from what Fn::Split makes of a longer text."""

    def rewrite(value: Any) -> Any:
        if isinstance(value, str) and _ORDINARY.fullmatch(value) and "<>" not in value:
            return {"Fn::Select": [1, {"Fn::Split": ["<>", f"a<>{value}<>another"]}]}
        return value

    return rewrite


def chosen(documents: Documents, file: str) -> Rewrite:
    """Fn::If on a condition that is always true, or that never is."""
    conditions = documents.files[file].setdefault("Conditions", {})
    conditions["Always"] = {"Fn::Equals": ["yes", "yes"]}
    conditions["Never"] = {"Fn::Not": [{"Condition": "Always"}]}

    def rewrite(value: Any) -> Any:
        return {"Fn::If": ["Always", {"Fn::If": ["Never", "another", value]}, {"Ref": "AWS::NoValue"}]}

    return rewrite


def looked_up(documents: Documents, file: str) -> Rewrite:
    """Fn::FindInMap in a mapping that holds the literals."""
    literals: dict[str, Any] = {}
    documents.files[file].setdefault("Mappings", {})["Literals"] = literals

    def rewrite(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        name = _name_of(value)
        literals[name] = {"Value": value, "Another": "another"}
        return {"Fn::FindInMap": ["Literals", name, "Value"]}

    return rewrite


def missing_from_map(documents: Documents, file: str) -> Rewrite:
    """The DefaultValue of Fn::FindInMap, in a mapping that has none for any region."""
    documents.files[file].setdefault("Mappings", {})["Regions"] = {"nowhere": {"Value": "another"}}
    documents.files[file]["Transform"] = "AWS::LanguageExtensions"
    key = {"Ref": "AWS::Region"}
    return lambda value: {"Fn::FindInMap": ["Regions", key, "Value", {"DefaultValue": value}]}


def given_as_default(documents: Documents, file: str) -> Rewrite:
    """Ref to a parameter whose Default is the literal, and whose only allowed value."""
    return _parameters(documents.files[file], lambda value: {"Default": value, "AllowedValues": [value]})


def given_as_open_default(documents: Documents, file: str) -> Rewrite:
    """Ref to a parameter whose Default is the literal; whoever deploys may give another."""
    return _parameters(documents.files[file], lambda value: {"Default": value})


def _parameters(template: dict[str, Any], declared: Callable[[str], dict[str, Any]]) -> Rewrite:
    parameters = template.setdefault("Parameters", {})

    def rewrite(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        parameters[_name_of(value)] = {"Type": "String", **declared(value)}
        return {"Ref": _name_of(value)}

    return rewrite


def handed_through(documents: Documents, file: str) -> Rewrite:
    """The output of a nested stack that gives back its parameter."""
    folder, name = os.path.split(file)
    echo: dict[str, Any] = {"Parameters": {}, "Resources": {}, "Outputs": {}}
    documents.files[os.path.join(folder, f"echo.{name}")] = echo
    given: dict[str, Any] = {}
    documents.files[file].setdefault("Resources", {})["Echo"] = {
        "Type": NESTED,
        "Properties": {"TemplateURL": f"echo.{name}", "Parameters": given},
    }

    def rewrite(value: Any) -> Any:
        parameter = _name_of(json.dumps(value))
        given[parameter] = value
        echo["Parameters"][parameter] = {"Type": "String"}
        echo["Outputs"][parameter] = {"Value": {"Ref": parameter}}
        return {"Fn::GetAtt": ["Echo", f"Outputs.{parameter}"]}

    return rewrite


def imported(documents: Documents, file: str) -> Rewrite:
    """Fn::ImportValue of what another stack exports."""
    outputs: dict[str, Any] = {}
    prefix = f"Literals{zlib.crc32(file.encode())}"
    documents.add_stack(file, prefix, {"Outputs": outputs}, {})

    def rewrite(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        name = _name_of(value)
        outputs[name] = {"Value": value, "Export": {"Name": f"{prefix}:{name}"}}
        return {"Fn::ImportValue": f"{prefix}:{name}"}

    return rewrite


def _name_of(value: str) -> str:
    return f"Value{zlib.crc32(value.encode())}"


def compare_otherwise(documents: Documents) -> None:
    """Write what conditions compare as Fn::Sub and Fn::Join, and turn each comparison round."""
    for file in documents.templates:
        conditions = documents.files[file].get("Conditions", {})
        for name, condition in conditions.items():
            conditions[name] = _compared(condition)


def _compared(condition: Any) -> Any:
    if isinstance(condition, list):
        return [_compared(each) for each in condition]
    if not isinstance(condition, dict):
        return condition
    if "Fn::Equals" in condition:
        return {"Fn::Equals": [_text_of(side) for side in reversed(condition["Fn::Equals"])]}
    return {key: _compared(entry) for key, entry in condition.items()}


def _text_of(side: Any) -> Any:
    if isinstance(side, dict) and "Ref" in side:
        return {"Fn::Sub": f"${{{side['Ref']}}}"}
    return {"Fn::Join": ["", [side[:1], side[1:]]]} if isinstance(side, str) else side


def export_otherwise(documents: Documents) -> None:
    """Write the names of exports, and of what is imported, as Fn::Join and Fn::Sub."""
    for file in documents.templates:
        template = documents.files[file]
        rewrite = joined(documents, file)
        for output in template.get("Outputs", {}).values():
            if isinstance(output.get("Export", {}).get("Name"), str):
                output["Export"]["Name"] = rewrite(output["Export"]["Name"])
        template["Resources"] = _importing(template.get("Resources", {}))


def _importing(value: Any) -> Any:
    if isinstance(value, list):
        return [_importing(item) for item in value]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("Fn::ImportValue"), str):
        return {"Fn::ImportValue": {"Fn::Sub": value["Fn::ImportValue"]}}
    return {key: _importing(entry) for key, entry in value.items()}


# -- what holds the values together -------------------------------------------------------------------------------


def nest(documents: Documents) -> None:
    """Deploy every stack as the only nested stack of another one, which hands down its literals and parameters."""
    for file in documents.outermost:
        template = documents.files[file]
        artifact = documents.artifact(file)
        folder, name = os.path.split(file)
        lifted = template.get("Parameters", {})
        given: dict[str, Any] = {name: {"Ref": name} for name in lifted}
        template["Parameters"] = {name: {"Type": "String"} for name in lifted}

        def rewrite(value: Any, template: dict[str, Any] = template, given: dict[str, Any] = given) -> Any:
            if not isinstance(value, str):
                return value
            given[_name_of(value)] = value
            template["Parameters"][_name_of(value)] = {"Type": "String"}
            return {"Ref": _name_of(value)}

        _rewrite_template(template, rewrite)
        inner = {
            "Type": NESTED,
            "Properties": {"TemplateURL": name, "Parameters": given},
        }
        given_back = {name: {"Fn::GetAtt": ["Inner", f"Outputs.{name}"]} for name in template.get("Outputs", {})}
        outputs = {name: {"Value": value} for name, value in given_back.items()}
        outer = {"Parameters": lifted, "Resources": {"Inner": inner}, "Outputs": outputs}
        documents.files[os.path.join(folder, f"outer.{name}")] = outer
        artifact["properties"].pop("stackTemplateAssetObjectUrl", None)  # the CLI uploads the template itself then
        artifact["properties"]["templateFile"] = f"outer.{artifact['properties']['templateFile']}"


def rename(documents: Documents) -> None:
    """Give every resource, parameter, mapping and condition another name, in another order."""
    for file in documents.outermost:
        for metadata in documents.metadata(file):
            _rename_in_metadata(metadata)
    for file in documents.templates:
        template = documents.files[file]
        documents.files[file] = _renamed_in_template(template, _names_of(template))
    for file in documents.templates:  # the parameters that a stack gives to those that it nests are theirs
        for resource in documents.files[file].get("Resources", {}).values():
            given = resource.get("Properties", {}).get("Parameters")
            if resource["Type"] == NESTED and given:
                resource["Properties"]["Parameters"] = {renamed(name): value for name, value in given.items()}


_NAMING: Final = ("Resources", "Parameters", "Conditions", "Mappings")


def _names_of(template: Mapping[str, Any]) -> set[str]:
    """The names that a template's own expressions refer to."""
    return {name for section in _NAMING for name in template.get(section, {})}


def renamed(name: str) -> str:
    """Another name, by which no two names keep their order."""
    return f"{name}Q{zlib.crc32(name.encode()):08x}Q"


def original(text: str) -> str:
    """A text with the names that it had before `rename`."""
    return re.sub(r"Q[0-9a-f]{8}Q", "", text)


def _rename_in_metadata(metadata: Mapping[str, Any]) -> None:
    for entries in metadata.values():
        for entry in entries:
            if entry["type"] == "aws:cdk:logicalId":
                entry["data"] = renamed(entry["data"])
            elif entry["type"] == "aws:cdk:asset":  # by these names the CDK CLI gives the parameters their values
                data = entry["data"]
                data.update({key: renamed(name) for key, name in data.items() if key.endswith("Parameter")})


def _renamed_in_template(template: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    def name_of(name: Any) -> Any:
        return renamed(name) if isinstance(name, str) and name in names else name

    def spelled(match: re.Match[str]) -> str:
        resource, dot, attribute = match.group(1).partition(".")
        return f"${{{name_of(resource)}{dot}{attribute}}}"

    def walk(value: Any) -> Any:
        if isinstance(value, list):
            return [walk(item) for item in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name in ("Ref", "Condition"):
                return {name: name_of(argument) if isinstance(argument, str) else walk(argument)}
            if name in ("Fn::GetAtt", "Fn::If", "Fn::FindInMap"):
                return {name: [name_of(argument[0]), *map(walk, argument[1:])]}
            if name == "Fn::Sub":
                text, variables = (argument, None) if isinstance(argument, str) else argument
                own = set(variables or ())
                text = _PLACEHOLDER.sub(lambda match: match.group() if match.group(1) in own else spelled(match), text)
                return {name: text if variables is None else [text, walk(variables)]}
        return {key: walk(entry) for key, entry in value.items()}

    found: dict[str, Any] = {}
    for section, entries in template.items():
        found[section] = walk(entries)
        if section in _NAMING:
            found[section] = {renamed(name): entry for name, entry in found[section].items()}
    for resource in found.get("Resources", {}).values():
        depends = resource.get("DependsOn")
        if depends is not None:
            resource["DependsOn"] = name_of(depends) if isinstance(depends, str) else list(map(name_of, depends))
        if "Condition" in resource:
            resource["Condition"] = name_of(resource["Condition"])
    return found


def add_others(documents: Documents) -> None:
    """Add to every template resources that no image function has to do with, and a stack of such."""
    for file in documents.templates:
        template = documents.files[file]
        for section, entries in copy.deepcopy(_OTHERS).items():
            template.setdefault(section, {}).update(entries)
    for file in documents.outermost:
        documents.add_stack(file, f"Others{zlib.crc32(file.encode())}", copy.deepcopy(_OTHERS), {})


_OTHERS: Final[dict[str, dict[str, Any]]] = {
    "Parameters": {"OtherStage": {"Type": "String", "AllowedValues": ["test", "live"]}},
    "Conditions": {"OtherIsLive": {"Fn::Equals": [{"Ref": "OtherStage"}, "live"]}},
    "Mappings": {"OtherSizes": {"eu-west-1": {"Small": "1"}}},
    "Resources": {
        "OtherBucket": {"Type": "AWS::S3::Bucket", "Condition": "OtherIsLive", "Properties": {"BucketName": "other"}},
        "OtherTopic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Ref": "OtherStage"}}},
        "OtherImages": {
            "Type": "AWS::ECR::Repository",
            "Properties": {
                "RepositoryName": "other-images",
                "ImageTagMutability": "IMMUTABLE",
                "RepositoryPolicyText": {
                    "Statement": {"Effect": "Deny", "Principal": "*", "Action": "ecr:*", "Sid": "Closed"}
                },
            },
        },
        "OtherRole": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {
                    "Statement": {
                        "Effect": "Allow",
                        "Principal": {"Service": "lambda.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                    }
                }
            },
        },
        "OtherPolicy": {
            "Type": "AWS::IAM::Policy",
            "Properties": {
                "PolicyName": "other",
                "Roles": [{"Ref": "OtherRole"}],
                "PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}},
            },
        },
        "OtherFunction": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Code": {"S3Bucket": {"Ref": "OtherBucket"}, "S3Key": "other.zip"},
                "Runtime": "python3.13",
                "Handler": "index.handler",
                "Role": {"Fn::GetAtt": ["OtherRole", "Arn"]},
            },
        },
    },
    "Outputs": {
        "OtherTopicName": {"Value": {"Fn::GetAtt": ["OtherTopic", "TopicName"]}},
        "OtherUri": {"Value": {"Fn::GetAtt": ["OtherImages", "RepositoryUri"]}},
    },
}


def reverse(documents: Documents) -> None:
    """Turn the order round of the entries of templates, of the resources' keys, and of the artifacts."""
    for document in documents.files.values():
        for section in ("artifacts", "Resources", "Parameters", "Conditions", "Mappings", "Outputs"):
            if section in document:
                document[section] = _reversed(document[section])
    for file in documents.templates:
        resources = documents.files[file].get("Resources", {})
        for name, resource in resources.items():
            resources[name] = {
                key: _reversed(entry) if key == "Properties" else entry for key, entry in _reversed(resource).items()
            }


def _reversed(entries: Mapping[str, Any]) -> dict[str, Any]:
    return dict(reversed(list(entries.items())))


# -- one stack as two ---------------------------------------------------------------------------------------------


def move_repositories(documents: Documents) -> None:
    """Move every template's repositories into a stack of their own."""
    for file in documents.templates:
        _split_off(documents, file, "AWS::ECR::Repository")


def move_roles(documents: Documents) -> None:
    """Move every template's roles into a stack of their own."""
    for file in documents.templates:
        _split_off(documents, file, "AWS::IAM::Role")


def _split_off(documents: Documents, file: str, kind: str) -> None:
    """Move the resources of a type into a stack that exports what the others use of them.

    A template stays as it is where one of them needs what stays behind: the stacks would need one another.
    """
    template = documents.files[file]
    resources = template.get("Resources", {})
    moved = {name: resource for name, resource in resources.items() if resource["Type"] == kind}
    behind = _names_of(template) - set(moved)
    if not moved or any(_names_in(resource) & behind for resource in moved.values()):
        return
    prefix = f"Moved{zlib.crc32(file.encode())}"
    outputs: dict[str, Any] = {}

    def use(reference: dict[str, Any]) -> dict[str, Any]:
        name = f"Use{zlib.crc32(json.dumps(reference).encode())}"
        outputs[name] = {"Value": reference, "Export": {"Name": f"{prefix}:{name}"}}
        return {"Fn::ImportValue": f"{prefix}:{name}"}

    for name in moved:
        del resources[name]
    for section in ("Resources", "Outputs"):
        template[section] = _using(template.get(section, {}), moved, use)
    for resource in template["Resources"].values():
        depends = resource.get("DependsOn", [])
        kept = [each for each in ([depends] if isinstance(depends, str) else depends) if each not in moved]
        if depends:
            resource["DependsOn"] = kept
    theirs = {
        path: entries
        for metadata in documents.metadata(file)
        for path, entries in metadata.items()
        if any(entry["type"] == "aws:cdk:logicalId" and entry["data"] in moved for entry in entries)
    }
    added = documents.add_stack(file, prefix, {"Resources": moved, "Outputs": outputs}, theirs)
    documents.split_off[added] = file


def _using(value: Any, moved: Mapping[str, Any], use: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """A value with the references to moved resources made into imports."""
    if isinstance(value, list):
        return [_using(item, moved, use) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((name, argument),) = value.items()
        if (name == "Ref" and argument in moved) or (name == "Fn::GetAtt" and argument[0] in moved):
            return use(value)
        if name == "Fn::Sub" and isinstance(argument, str):
            variables = {each: _reference(each) for each in _PLACEHOLDER.findall(argument)}
            variables = {each: use(one) for each, one in variables.items() if set(_names_in(one)) & set(moved)}
            return {name: [argument, variables]} if variables else value
    return {key: _using(entry, moved, use) for key, entry in value.items()}


def _reference(name: str) -> dict[str, Any]:
    resource, dot, attribute = name.partition(".")
    return {"Fn::GetAtt": [resource, attribute]} if dot else {"Ref": name}


def _names_in(value: Any) -> set[str]:
    """The names of its template that a value refers to."""
    return set(_each_name(value))


def _each_name(value: Any) -> Iterator[str]:
    items: Iterable[Any] = value if isinstance(value, list) else ()
    if isinstance(value, dict):
        items = value.values()
        if "Fn::Sub" in value:
            text = value["Fn::Sub"] if isinstance(value["Fn::Sub"], str) else value["Fn::Sub"][0]
            yield from (name.partition(".")[0] for name in _PLACEHOLDER.findall(text))
        for key in ("Ref", "Condition"):
            if isinstance(value.get(key), str):
                yield value[key]
        for key in ("Fn::GetAtt", "Fn::If", "Fn::FindInMap"):
            if isinstance(value.get(key), list) and isinstance(value[key][0], str):
                yield value[key][0]
    for item in items:
        yield from _each_name(item)
