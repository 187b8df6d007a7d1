"""Dockerfiles, each with what it builds, or with why that is unknown."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelint.aws.dockerfile.base_image import BaseImage
from imagelint.aws.dockerfile.build import read
from imagelint.aws.dockerfile.image import Command, Image, NoSuchTarget
from imagelint.aws.dockerfile.stages import MAX_SIZE
from imagelint.aws.dockerfile.unknown import Unknown

PYTHON = "public.ecr.aws/lambda/python:3.12"
HANDLER = 'CMD ["app.handler"]\n'
CHAIN = """\
FROM node:22 AS build
CMD ["build"]
FROM public.ecr.aws/lambda/nodejs:22 AS base
LABEL tier=base
CMD ["base.handler"]
FROM base AS final
LABEL tier=final
FROM build AS dev
"""


def word(command: Command) -> tuple[str, ...] | str:
    """Exec-form words; `shell` for the shell form, else where the command comes from."""
    if command.origin != "dockerfile":
        return command.origin
    return "shell" if command.words is None else command.words


def known(value: Any) -> Any:
    return "?" if isinstance(value, Unknown) else value


def facts(image: Image) -> dict[str, Any]:
    """What a row of the table may ask for, flat; `?` for what is unknown."""
    base = image.base if isinstance(image.base, BaseImage) else BaseImage("?", "?", "?", None, None)
    return {
        "base": base.reference,
        "repository": f"{base.registry}/{base.repository}",
        "tag": base.tag,
        "digest": base.digest,
        "floating": base.is_floating,
        "support": base.support,
        "scratch": base.is_scratch,
        "runtime": known(base.runtime),
        "platform": known(image.platform),
        "architecture": known(image.architecture),
        "compiled_for": known(image.compiled_for),
        "host_decides": image.host_decides,
        "command": word(image.command),
        "entrypoint": word(image.entrypoint),
        "has_command": image.has_command,
        "line": image.line,
        "labels": {name: known(value) for name, value in image.labels.items()},
        "snapstart": known(image.label("com.amazonaws.lambda.feature.snapstart")),
    }


LINES = [
    ("plain", f"FROM {PYTHON}\n{HANDLER}", {"base": PYTHON, "command": ("app.handler",), "line": 1}),
    ("no-newline-at-the-end", 'FROM a:1\nCMD ["h"]', {"command": ("h",)}),
    ("lower-case", 'from a:1 as b\ncmd ["h"]\n', {"base": "a:1", "command": ("h",)}),
    ("tabs", '\tFROM\ta:1\tAS\tb\n\tCMD\t["h"]\n', {"base": "a:1", "command": ("h",)}),
    ("crlf", 'FROM a:1\r\nRUN x \\\r\n  y\r\nCMD ["h"]\r\n', {"base": "a:1", "command": ("h",)}),
    ("byte-order-mark", '\ufeffFROM a:1\nCMD ["h"]\n', {"base": "a:1", "command": ("h",)}),
    ("comments-and-empty-lines", "# one\n\n  # two\nFROM a:1\n\n# FROM b:2\n", {"base": "a:1", "line": 4}),
    ("continuation", 'FROM \\\n  a:1 \\\n  AS b\nCMD ["h", \\\n "i"]\n', {"base": "a:1", "command": ("h", "i")}),
    ("comment-in-continuation", 'FROM a:1\nRUN x && \\\n# note \\\n  y\nCMD ["h"]\n', {"command": ("h",)}),
    ("empty-line-in-continuation", 'FROM a:1\nRUN x && \\\n\n  y\nCMD ["h"]\n', {"command": ("h",)}),
    ("spaces-after-continuation", 'FROM a:1\nRUN x \\  \n  CMD y\nCMD ["h"]\n', {"command": ("h",)}),
    ("escaped-backslash-continues-nothing", 'FROM a:1\nRUN x \\\\\nCMD ["h"]\n', {"command": ("h",)}),
    ("continuation-into-the-end", 'FROM a:1\nCMD ["h"] \\\n', {"command": ("h",)}),
    ("escape-directive", '# escape=`\nFROM a:1\nRUN x `\n CMD y\nRUN dir C:\\\nCMD ["h"]\n', {"command": ("h",)}),
    (
        "escape-after-syntax",
        "# syntax=docker/dockerfile:1\n# escape=`\nFROM a:1\nRUN `\n CMD y\n",
        {"command": "base image"},
    ),
    ("escape-after-a-comment-is-one", '# hi\n# escape=`\nFROM a:1\nRUN x \\\n CMD y\nCMD ["h"]\n', {"command": ("h",)}),
    ("syntax-of-docker", "# syntax = docker/dockerfile:1.7-labs@sha256:0f\nFROM a:1\n", {"base": "a:1"}),
    ("syntax-of-a-mirror", "# syntax=mirror.example.com/docker/dockerfile:1\nFROM a:1\n", {"base": "a:1"}),
    ("heredoc", 'FROM a:1\nRUN <<EOF\nFROM b:2\nCMD ["x"]\nEOF\nCMD ["h"]\n', {"base": "a:1", "command": ("h",)}),
    ("heredoc-with-tabs", "FROM a:1\nRUN <<-EOF\n\tCMD x\n\tEOF\nCMD y\n", {"command": "shell"}),
    (
        "heredoc-with-tabs-ends-only-if-told-so",
        'FROM a:1\nRUN <<EOF\n\tEOF\nCMD x\nEOF\nCMD ["h"]\n',
        {"command": ("h",)},
    ),
    ("heredoc-with-quotes", "FROM a:1\nCOPY <<'E F' /x\nCMD bad\nE F\nCMD [\"h\"]\n", {"command": ("h",)}),
    ("heredoc-twice", 'FROM a:1\nRUN cat <<A 3<<"B"\nCMD 1\nA\nCMD 2\nB\nCMD ["h"]\n', {"command": ("h",)}),
    ("heredoc-after-a-space", 'FROM a:1\nRUN cat << EOF > /f\nCMD x\nEOF\nCMD ["h"]\n', {"command": ("h",)}),
    ("heredoc-in-onbuild", 'FROM a:1\nONBUILD RUN <<EOF\nCMD x\nEOF\nCMD ["h"]\n', {"command": ("h",)}),
    ("heredoc-with-crlf", 'FROM a:1\r\nRUN <<EOF\r\nCMD x\r\nEOF\r\nCMD ["h"]\r\n', {"command": ("h",)}),
    ("no-heredoc-in-quotes", 'FROM a:1\nRUN echo "<<EOF"\nCMD ["h"]\n', {"command": ("h",)}),
    ("no-heredoc-in-a-shift", 'FROM a:1\nRUN echo $((1<<2))\nCMD ["h"]\n', {"command": ("h",)}),
    ("no-heredoc-in-env", 'FROM a:1\nENV X="<<EOF" Y=<<EOF\nCMD ["h"]\n', {"command": ("h",)}),
    ("other-line-separators", 'FROM a:1\nRUN \u2028CMD x\x0cCMD y\x85z\nCMD ["h"]\n', {"command": ("h",)}),
    ("health-check-is-no-command", 'FROM a:1\nHEALTHCHECK --retries=1 CMD ["x"]\n', {"command": "base image"}),
]

COMMANDS = [
    ("the-last-one-counts", 'FROM a:1\nCMD ["x"]\nCMD ["y"]\n', {"command": ("y",)}),
    ("shell-form", "FROM a:1\nCMD app.handler\n", {"command": "shell", "has_command": True}),
    ("single-quotes-are-shell-form", "FROM a:1\nCMD ['h']\n", {"command": "shell"}),
    ("comment-after-a-list-is-shell-form", 'FROM a:1\nCMD ["h"] # note\n', {"command": "shell"}),
    ("escapes-in-a-list", 'FROM a:1\nCMD ["a\\"b", "\\u00e9"]\n', {"command": ('a"b', "é")}),
    ("half-a-surrogate-pair", 'FROM a:1\nCMD ["\\ud800"]\n', {"command": ("\ufffd",)}),
    ("aws-base-without-command", f"FROM {PYTHON}\n", {"command": "base image", "has_command": False}),
    ("aws-base-with-command", f"FROM {PYTHON}\n{HANDLER}", {"entrypoint": "base image", "has_command": True}),
    (
        "aws-base-with-entry-point",
        'FROM public.ecr.aws/lambda/provided:al2023\nENTRYPOINT ["/m"]\n',
        {"has_command": True},
    ),
    ("official-image-without-command", "FROM python:3.12-slim\n", {"has_command": False}),
    ("official-image-of-one-architecture", "FROM arm64v8/python:3.12\n", {"has_command": False}),
    ("official-image-in-ecr-public", "FROM public.ecr.aws/docker/library/node:22\n", {"has_command": False}),
    ("other-image-may-have-a-command", "FROM ghcr.io/acme/base:1\n", {"command": "base image", "has_command": None}),
    (
        "scratch-has-none",
        "FROM scratch\n",
        {"scratch": True, "command": "none", "entrypoint": "none", "has_command": False},
    ),
    (
        "entry-point-resets-the-base's-command",
        'FROM a:1\nENTRYPOINT ["e"]\n',
        {"command": "none", "entrypoint": ("e",)},
    ),
    ("entry-point-keeps-its-stage's-command", 'FROM a:1\nCMD ["c"]\nENTRYPOINT ["e"]\n', {"command": ("c",)}),
    (
        "entry-point-resets-a-previous-stage's-command",
        'FROM a:1 AS b\nCMD ["c"]\nFROM b\nENTRYPOINT ["e"]\n',
        {"command": "none", "entrypoint": ("e",), "has_command": True},
    ),
    ("command-after-entry-point", 'FROM a:1\nENTRYPOINT ["e"]\nCMD ["c"]\n', {"command": ("c",), "entrypoint": ("e",)}),
    (
        "empty-lists-clear",
        f"FROM {PYTHON}\nENTRYPOINT []\nCMD []\n",
        {"command": (), "entrypoint": (), "has_command": False},
    ),
    ("onbuild-is-for-others", 'FROM a:1\nONBUILD CMD ["t"]\n', {"command": "base image"}),
    ("onbuild-of-a-previous-stage", 'FROM a:1 AS b\nONBUILD CMD ["t"]\nFROM b\n', {"command": ("t",)}),
    ("onbuild-comes-first", 'FROM a:1 AS b\nONBUILD CMD ["t"]\nFROM b\nCMD ["c"]\n', {"command": ("c",)}),
    (
        "onbuild-reaches-one-stage-far",
        "FROM a AS b\nONBUILD ENTRYPOINT e\nFROM b AS c\nCMD x\nFROM c\n",
        {"command": "shell"},
    ),
]

LABELS = [
    (
        "label",
        'FROM a:1\nLABEL a=b "c d"="e f" g=\'$h\' i=j\\ k\n',
        {"labels": {"a": "b", "c d": "e f", "g": "$h", "i": "j k"}},
    ),
    ("label-old-form", "FROM a:1\nLABEL name  the whole value\n", {"labels": {"name": "the whole value"}}),
    ("label-over-lines", 'FROM a:1\nLABEL a=b \\\n  c="d"\n', {"labels": {"a": "b", "c": "d"}}),
    ("label-overrides", "FROM a:1 AS b\nLABEL x=1 y=1\nFROM b\nLABEL x=2\n", {"labels": {"x": "2", "y": "1"}}),
    ("label-of-an-argument", 'FROM a:1\nARG V=1\nLABEL v="$V"\n', {"labels": {"v": "1"}}),
    ("label-of-an-argument-before-all-stages", "ARG V=1\nFROM a:1\nARG V\nLABEL v=$V\n", {"labels": {"v": "1"}}),
    ("label-of-an-argument-not-taken-over", "ARG V=1\nFROM a:1\nLABEL v=$V\n", {"labels": {"v": "?"}}),
    ("label-of-an-argument-without-value", "FROM a:1\nARG V\nLABEL v=$V\n", {"labels": {"v": "?"}}),
    ("label-of-an-argument-of-the-parent", "FROM a:1 AS p\nARG V=1\nFROM p\nLABEL v=$V\n", {"labels": {"v": "1"}}),
    ("label-of-an-argument-of-another-stage", "FROM a:1\nARG V=1\nFROM b:1\nLABEL v=$V\n", {"labels": {"v": "?"}}),
    (
        "label-of-env",
        "FROM a:1\nENV V=1 W=x${V}\nENV X=$V$V\nLABEL v=$V w=$W x=$X\n",
        {"labels": {"v": "1", "w": "?", "x": "11"}},
    ),
    ("label-of-env-old-form", "FROM a:1\nENV V the value\nLABEL v=$V\n", {"labels": {"v": "the value"}}),
    ("label-of-env-after-it", "FROM scratch\nLABEL v=$V\nENV V=1\n", {"labels": {"v": ""}}),
    ("label-of-env-that-hides-an-argument", "FROM a:1\nARG V=1\nENV V=2\nLABEL v=$V\n", {"labels": {"v": "2"}}),
    ("label-of-env-of-an-unknown-name", "FROM a:1\nENV V=1\nENV $X=2\nLABEL v=$V\n", {"labels": {"v": "?"}}),
    ("label-of-the-architecture", "FROM a:1\nARG TARGETARCH\nLABEL v=$TARGETARCH\n", {"labels": {"v": "?"}}),
    ("label-of-a-variable-of-scratch", "FROM scratch\nLABEL v=x$V\n", {"labels": {"v": "x"}}),
    ("label-by-onbuild", "FROM a:1 AS p\nONBUILD ARG V=1\nONBUILD LABEL v=$V\nFROM p\n", {"labels": {"v": "1"}}),
    ("snapstart", f'FROM {PYTHON}\nLABEL com.amazonaws.lambda.feature.snapstart="Allow"\n', {"snapstart": "Allow"}),
    ("snapstart-absent", f"FROM {PYTHON}\n", {"snapstart": None}),
    ("snapstart-perhaps-in-the-base", "FROM ghcr.io/acme/base:1\n", {"snapstart": "?"}),
    ("snapstart-perhaps-by-a-variable", f"FROM {PYTHON}\nLABEL $X=Allow\n", {"snapstart": "?"}),
]

REFERENCES = [
    ("untagged", "FROM python\n", {"repository": "docker.io/library/python", "tag": None, "floating": True}),
    ("latest", "FROM acme/api:latest\n", {"repository": "docker.io/acme/api", "floating": True}),
    ("latest-for-an-architecture", "FROM acme/api:latest-arm64\n", {"floating": True}),
    ("latest-as-a-word", "FROM cgr.dev/chainguard/python:latest-dev\n", {"floating": True}),
    ("release-of-the-latest", "FROM acme/api:latest-2026\n", {"floating": False}),
    ("slim", "FROM python:slim\n", {"floating": True}),
    ("long-term-support", "FROM node:lts-alpine\n", {"floating": True}),
    ("codename-of-long-term-support", "FROM node:jod-alpine\n", {"floating": False}),
    ("system-without-the-language's-version", "FROM node:lts-bookworm-slim\n", {"floating": True}),
    ("system-of-a-language-alone", "FROM public.ecr.aws/docker/library/ruby:alpine3.20\n", {"floating": True}),
    ("system-itself", "FROM debian:bookworm-slim\n", {"floating": False}),
    ("stable-system", "FROM debian:stable-slim\n", {"floating": True}),
    ("major-version-of-python", "FROM python:3\n", {"floating": True}),
    ("major-version-of-python-on-a-system", "FROM arm64v8/python:3-slim-bookworm\n", {"floating": True}),
    ("minor-version-of-python", "FROM python:3.13-slim\n", {"floating": False}),
    ("major-version-of-go", "FROM golang:1-alpine\n", {"floating": True}),
    ("major-version-of-node", "FROM node:22-alpine\n", {"floating": False}),
    ("major-version-of-java", "FROM eclipse-temurin:21\n", {"floating": False}),
    ("major-version-of-another-image", "FROM acme/python:3\n", {"floating": False}),
    ("floating-tag-with-a-digest", f"FROM python:3@sha256:{'0' * 64}\n", {"floating": False}),
    ("support-of-python", "FROM python:3.9.18-slim\n", {"support": ("Python 3.9", "2025-10-31")}),
    (
        "support-of-node",
        "FROM public.ecr.aws/docker/library/node:18-alpine\n",
        {"support": ("Node.js 18", "2025-04-30")},
    ),
    ("support-of-java", "FROM eclipse-temurin:22_36-jre\n", {"support": ("Java 22", "2024-09-17")}),
    ("support-of-java-without-build", "FROM openjdk:22-slim\n", {"support": ("Java 22", "2024-09-17")}),
    ("support-of-dotnet", "FROM mcr.microsoft.com/dotnet/aspnet:6.0-alpine\n", {"support": (".NET 6.0", "2024-11-12")}),
    ("support-of-another-image-of-microsoft", "FROM mcr.microsoft.com/devcontainers/python:3.9\n", {"support": None}),
    ("support-of-a-version-not-known", "FROM python:3.99\n", {"support": None}),
    ("support-of-another-image", "FROM bitnami/python:3.9\n", {"support": None}),
    ("support-of-a-release-candidate", "FROM golang:1.22rc1\n", {"support": None}),
    ("tagged", "FROM ubuntu:24.04\n", {"tag": "24.04", "floating": False}),
    ("digest", f"FROM a@sha256:{'0' * 64}\n", {"tag": None, "digest": f"sha256:{'0' * 64}", "floating": False}),
    ("tag-and-digest", f"FROM a:latest@sha256:{'0' * 64}\n", {"tag": "latest", "floating": False}),
    ("host-with-port", "FROM localhost:5000/a/b:1\n", {"repository": "localhost:5000/a/b", "tag": "1"}),
    ("docker-hub-in-full", "FROM index.docker.io/python:3\n", {"repository": "docker.io/library/python"}),
    ("no-reference", "FROM Not/A/Reference\n", {"base": "?", "command": "base image", "has_command": None}),
    ("no-digest", "FROM a@sha256:0\n", {"base": "?"}),
    ("runtime-python", f"FROM {PYTHON}\n", {"runtime": "python3.12", "architecture": None}),
    ("runtime-dated-tag", f"FROM {PYTHON}.2026.01.01.12-arm64\n", {"runtime": "python3.12", "architecture": "arm64"}),
    (
        "runtime-of-docker-hub",
        "FROM amazon/aws-lambda-nodejs:22-x86_64\n",
        {"runtime": "nodejs22.x", "architecture": "x86_64"},
    ),
    ("runtime-java-8-al2", "FROM public.ecr.aws/lambda/java:8.al2-arm64\n", {"runtime": "java8.al2"}),
    ("runtime-java", "FROM public.ecr.aws/lambda/java:21\n", {"runtime": "java21"}),
    ("runtime-dotnet", "FROM public.ecr.aws/lambda/dotnet:8-arm64\n", {"runtime": "dotnet8"}),
    ("runtime-dotnet-core", "FROM public.ecr.aws/lambda/dotnet:core3.1\n", {"runtime": "dotnetcore3.1"}),
    ("runtime-dotnet-5", "FROM public.ecr.aws/lambda/dotnet:5.0\n", {"runtime": "dotnet5.0"}),
    ("runtime-ruby", "FROM public.ecr.aws/lambda/ruby:3.3\n", {"runtime": "ruby3.3"}),
    ("runtime-go", "FROM public.ecr.aws/lambda/go:1\n", {"runtime": "go1.x"}),
    ("runtime-provided", "FROM public.ecr.aws/lambda/provided:al2023.2026.01.01.12\n", {"runtime": "provided.al2023"}),
    ("runtime-provided-al1", "FROM public.ecr.aws/lambda/provided:alami\n", {"runtime": "provided"}),
    ("runtime-not-in-the-tag", "FROM public.ecr.aws/lambda/python:latest\n", {"runtime": "?"}),
    ("runtime-not-in-a-digest", f"FROM public.ecr.aws/lambda/python@sha256:{'0' * 64}\n", {"runtime": "?"}),
    ("runtime-of-the-future", "FROM public.ecr.aws/lambda/swift:6\n", {"runtime": "?"}),
    ("build-image-is-no-runtime", "FROM public.ecr.aws/sam/build-python3.12:latest\n", {"runtime": None}),
    ("other-image-has-no-runtime", "FROM python:3.12\n", {"runtime": None}),
    ("architecture-by-namespace", "FROM arm64v8/python:3.12\n", {"architecture": "arm64"}),
    ("architecture-of-the-only-one", "FROM public.ecr.aws/lambda/python:3.7\n", {"architecture": "x86_64"}),
    ("architecture-of-provided", "FROM amazon/aws-lambda-provided:alami\n", {"architecture": "x86_64"}),
    ("architecture-of-java-8", "FROM public.ecr.aws/lambda/java:8\n", {"architecture": "x86_64"}),
    ("architecture-of-java-8-al2", "FROM public.ecr.aws/lambda/java:8.al2\n", {"architecture": None}),
    ("architecture-that-lambda-has-not", "FROM arm32v7/python:3.12\n", {"architecture": "arm"}),
    ("architecture-of-another-image", "FROM gcr.io/distroless/base:latest-amd64\n", {"architecture": "x86_64"}),
    ("platform", f"FROM --platform=linux/arm64 {PYTHON}\n", {"platform": "linux/arm64", "architecture": "arm64"}),
    ("platform-with-variant", 'FROM --platform="linux/arm64/v8" a:1\n', {"architecture": "arm64"}),
    ("platform-by-architecture-alone", "FROM --platform=AMD64 a:1\n", {"architecture": "x86_64"}),
    ("platform-without-architecture", "FROM --platform=linux a:1\n", {"platform": "linux", "architecture": "?"}),
    ("platform-of-the-build-host", "FROM --platform=$BUILDPLATFORM a:1\n", {"platform": "?", "architecture": "?"}),
    ("platform-of-the-target", "FROM --platform=${TARGETPLATFORM} a:1\n", {"platform": None, "host_decides": True}),
    (
        "platform-of-the-target-overridden",
        "ARG TARGETPLATFORM=linux/arm64\nFROM --platform=$TARGETPLATFORM a:1\n",
        {"platform": "linux/arm64", "host_decides": False},
    ),
    ("platform-without-value", "ARG P\nFROM --platform=$P a:1\n", {"architecture": "?", "host_decides": None}),
    ("platform-from-an-argument", "ARG P=linux/arm64\nFROM --platform=$P a:1\n", {"architecture": "arm64"}),
    ("reference-outweighs-platform", f"FROM --platform=linux/amd64 {PYTHON}-arm64\n", {"architecture": "arm64"}),
    ("platform-counts-where-the-image-is-named", "FROM a:1 AS b\nFROM --platform=linux/arm64 b\n", {"platform": None}),
]

ARGUMENTS = [
    ("default", "ARG V=3.12\nFROM python:${V}\n", {}, "python:3.12"),
    ("default-with-quotes", 'ARG V="3.12"\nFROM python:$V-slim\n', {}, "python:3.12-slim"),
    ("default-of-a-default", "ARG A=3\nARG V=${A}.12\nFROM python:$V\n", {}, "python:3.12"),
    ("several-in-one", "ARG A=python B=3.12\nFROM $A:$B\n", {}, "python:3.12"),
    ("build-argument", "ARG V=3.12\nFROM python:$V\n", {"V": "3.13"}, "python:3.13"),
    ("build-argument-without-default", "ARG V\nFROM python:$V\n", {"V": "3.13"}, "python:3.13"),
    ("build-argument-not-declared", "FROM python$V\n", {"V": ":3.13"}, "python"),
    ("no-value-is-empty", "ARG V\nFROM python:3$V\n", {}, "python:3"),
    ("not-declared-is-empty", "FROM python:3$V${W}$1\n", {}, "python:3"),
    ("nothing-left-of-the-tag", "ARG V\nFROM python:$V\n", {}, None),
    ("nothing-left", "ARG V\nFROM $V\n", {}, None),
    ("declared-too-late", "FROM a:1\nARG V=:1\nFROM python$V\n", {}, "python"),
    ("value-that-depends-on-no-value", "ARG A\nARG V=$A\nFROM python:3$V\n", {}, "python:3"),
    ("declared-twice-keeps-its-value", "ARG V=3\nARG V\nFROM python:$V\n", {}, "python:3"),
    ("minus", "ARG V\nFROM python:${V:-3.12}\n", {}, "python:3.12"),
    ("minus-with-value", "ARG V=1\nFROM python:${V:-3.12}\n", {}, "python:1"),
    ("minus-with-empty-value", "ARG V=\nFROM python:${V:-3.12}\n", {}, "python:3.12"),
    ("minus-without-colon-and-empty", "ARG V=\nFROM python${V-:3.12}\n", {}, "python"),
    ("minus-nested", "ARG A=1\nFROM python:${V:-${A:-2}}\n", {}, "python:1"),
    ("minus-of-no-value-not-needed", "ARG V=1\nFROM python:${V:-$W}\n", {}, "python:1"),
    ("minus-of-no-value-needed", "FROM python:3${V:-$W}\n", {}, "python:3"),
    ("minus-without-colon-of-no-value", "ARG V\nFROM python${V-:3.12}\n", {}, None),
    ("minus-without-colon-not-declared", "FROM python${V-:3.12}\n", {}, "python:3.12"),
    ("plus", "ARG S=1\nFROM python:3.12${S:+-slim}\n", {}, "python:3.12-slim"),
    ("plus-without-value", "ARG S\nFROM python:3.12${S:+-slim}\n", {}, "python:3.12"),
    ("question-mark", "ARG V\nFROM python:${V:?which}\n", {}, None),
    ("question-mark-with-value", "ARG V=3\nFROM python:${V:?which}\n", {}, "python:3"),
    ("question-mark-of-no-value", "ARG V\nFROM python:3${V?which}\n", {}, None),
    ("shortest-end", "ARG V=3.12.1\nFROM python:${V%.*}\n", {}, "python:3.12"),
    ("longest-end", "ARG V=3.12.1\nFROM python:${V%%.*}\n", {}, "python:3"),
    ("shortest-beginning", "ARG V=v3.12-v2\nFROM python:${V#*v}\n", {}, "python:3.12-v2"),
    ("longest-beginning", "ARG V=v2-v3.12\nFROM python:${V##*v}\n", {}, "python:3.12"),
    ("beginning-that-does-not-fit", "ARG V=3.12\nFROM python:${V#v}\n", {}, "python:3.12"),
    ("beginning-by-question-mark", "ARG V=v3.12\nFROM python:${V#?}\n", {}, "python:3.12"),
    ("beginning-by-a-variable", "ARG P=v\nARG V=v3.12\nFROM python:${V#$P}\n", {}, "python:3.12"),
    ("beginning-of-no-value", "FROM python:3${V#v}\n", {}, "python:3"),
    ("beginning-of-what-is-not-known", "FROM a:1${TARGETARCH#arm}\n", {}, None),
    ("beginning-not-known", "ARG V=3\nFROM a:${V#$TARGETARCH}\n", {}, None),
    ("pattern-in-quotes", "ARG V=3.12-slim\nFROM \"python:${V%'-slim'}\"\n", {}, "python:3.12"),
    ("pattern-with-an-escape", "ARG V=a}b\nFROM python:${V#a\\}}\n", {}, "python:b"),
    ("pattern-with-a-wrong-escape", "ARG V=ab\nFROM python:${V#\\a}\n", {}, None),
    ("replace-one", "ARG V=3.12.1\nFROM python:${V/./-}\n", {}, "python:3-12.1"),
    ("replace-all", "ARG V=3.12.1\nFROM python:${V//./-}\n", {}, "python:3-12-1"),
    ("replace-by-nothing", "ARG V=v3.12\nFROM python:${V/v/}\n", {}, "python:3.12"),
    ("replace-what-is-not-there", "ARG V=3.12\nFROM python:${V/v/x}\n", {}, "python:3.12"),
    ("replace-the-longest", "ARG V=1a2b3b4\nFROM python:${V/a*b/-}\n", {}, "python:1-4"),
    ("replace-everything", "ARG V=abc\nFROM python:${V//*/3}\n", {}, "python:3"),
    ("replace-nothing", "ARG V=abc\nFROM python:${V///x}\n", {}, None),
    ("replace-without-end", "ARG V=abc\nFROM python:${V/a}\n", {}, None),
    ("assignment-is-refused", "FROM python:${V=3}\n", {}, None),
    ("name-of-digits-ends-with-them", "FROM python:3$1x\n", {}, "python:3x"),
    ("brace-missing", "ARG V=1\nFROM python:${V\n", {}, None),
    ("escaped-dollar", "ARG V=1\nFROM python:\\$V\n", {}, None),
    ("whole-reference", "ARG BASE=python:3.12\nFROM ${BASE}\n", {}, "python:3.12"),
    ("architecture-of-the-target", "FROM a:1-$TARGETARCH\n", {}, None),
    ("architecture-of-the-target-as-argument", "FROM a:1-$TARGETARCH\n", {"TARGETARCH": "arm64"}, "a:1-arm64"),
    ("stage-that-is-the-target", "FROM a:1-$TARGETSTAGE\n", {}, None),
    ("architecture-of-the-target-with-default", "ARG TARGETARCH=arm64\nFROM a:1-$TARGETARCH\n", {}, "a:1-arm64"),
    ("stage-by-argument", "ARG S=two\nFROM a:1 AS one\nFROM b:2 AS two\nFROM $S\n", {}, "b:2"),
    ("doubling", "ARG A=xxxxxxxx\n" + "ARG A=$A$A\n" * 60 + "FROM $A\n", {}, None),
    ("nested-beyond-measure", "FROM " + "${A:-" * 900 + "\n", {}, None),
]

TARGETS = [
    ("last", CHAIN, None, "node:22"),
    ("empty-is-last", CHAIN, "", "node:22"),
    ("by-name", CHAIN, "final", "public.ecr.aws/lambda/nodejs:22"),
    ("whatever-the-case", CHAIN, "FINAL", "public.ecr.aws/lambda/nodejs:22"),
    ("by-index", CHAIN, "1", "public.ecr.aws/lambda/nodejs:22"),
    ("stage-without-name", "FROM a:1\nFROM b:2\n", None, "b:2"),
    ("base-whatever-the-case", "FROM a:1 AS Builder\nFROM BUILDER\n", None, "a:1"),
    ("name-twice", "FROM a:1 AS x\nFROM b:2 AS x\nFROM x\n", "x", "b:2"),
    ("stage-on-its-own-name", "FROM a:1 AS x\nFROM x AS x\n", None, "a:1"),
    ("later-stage-is-an-image", "FROM b AS a\nFROM c:3 AS b\n", "a", "b"),
    ("stage-called-like-an-image", "FROM python:3.12 AS python\nFROM python\n", None, "python:3.12"),
]

GO = 'FROM golang:1.25 AS go\nRUN %s go build -o /m .\nFROM scratch\nCOPY --from=go /m /m\nENTRYPOINT ["/m"]\n'
FROM_SCRATCH = [
    ("no-word-about-it", GO % "", (None, True)),
    ("literal", GO % "GOOS=linux GOARCH=arm64", ("arm64", False)),
    ("literal-in-go's-word", GO % "GOARCH=amd64", ("x86_64", False)),
    ("literal-in-quotes", GO % 'GOARCH="amd64"', ("x86_64", False)),
    ("literal-of-env", GO.replace("RUN", "ENV CGO_ENABLED=0 GOARCH=arm64\nRUN") % "", ("arm64", False)),
    ("literal-of-env-old-form", GO.replace("RUN", "ENV GOARCH arm64\nRUN") % "", ("arm64", False)),
    ("of-the-target", GO.replace("RUN", "ARG TARGETARCH\nRUN") % "GOARCH=$TARGETARCH", (None, True)),
    ("of-the-target-with-default", GO.replace("RUN", "ARG TARGETARCH=arm64\nRUN") % "GOARCH=$TARGETARCH", ("?", None)),
    ("by-another-variable", GO % "GOARCH=${ARCH}", ("?", None)),
    ("two-literals", GO % "GOARCH=amd64 x && GOARCH=arm64", ("?", None)),
    ("builder-of-one-architecture", GO.replace("golang:", "arm64v8/golang:") % "", ("arm64", False)),
    ("builder-with-a-platform", GO.replace("golang", "--platform=linux/amd64 golang") % "", ("x86_64", False)),
    (
        "builder-of-the-host",
        GO.replace("golang", "--platform=$BUILDPLATFORM golang") % "GOARCH=arm64",
        ("arm64", False),
    ),
    ("by-the-stage's-index", GO.replace("--from=go", "--from=0") % "GOARCH=arm64", ("arm64", False)),
    (
        "certificates-of-another-stage",
        "FROM alpine:3 AS c\n" + GO.replace("COPY", "COPY --from=c /e /e\nCOPY") % "GOARCH=arm64",
        ("arm64", False),
    ),
    ("files-of-another-image", GO.replace("COPY", "COPY --from=x:1 /e /e\nCOPY") % "GOARCH=arm64", ("?", None)),
    ("files-of-another-image-alone", "FROM scratch\nCOPY --from=x:1 /e /e\n", (None, True)),
    ("stage-that-is-not-used", GO.replace("COPY --from=go", "COPY") % "GOARCH=arm64", (None, True)),
    ("not-from-scratch", GO.replace("scratch", "alpine:3") % "GOARCH=arm64", (None, True)),
    ("a-platform-of-scratch", GO.replace("scratch", "--platform=linux/arm64 scratch") % "", (None, True)),
    ("many-sources", "FROM scratch\n" + "".join(f"COPY --from=x{i} / /\n" for i in range(33)), ("?", None)),
]

TARGET_PLATFORMS = [
    ("arm64", "linux/arm64", "linux/arm64 linux arm64 -"),
    ("arm64-with-variant", "linux/arm64/v8", "linux/arm64 linux arm64 -"),
    ("amd64", "linux/amd64", "linux/amd64 linux amd64 -"),
    ("in-lambda's-words", "linux/x86_64", "linux/amd64 linux amd64 -"),
    ("arm-has-a-variant", "linux/arm", "linux/arm/v7 linux arm v7-"),
    ("not-given", None, "?"),
    ("no-system", "arm64", "?"),
]

UNREADABLE = [
    ("empty", "", "no FROM"),
    ("only-comments", "# FROM a\n", "no FROM"),
    ("only-arguments", "ARG A=1\n", "no FROM"),
    ("run-before-from", "RUN x\nFROM a\n", "line 1: RUN comes before the first FROM"),
    ("unknown-instruction", "FROM a\n\nRNU x\n", "line 3: 'RNU' is not an instruction"),
    ("from-nothing", "FROM\n", "line 1: FROM takes an image"),
    ("from-too-much", "FROM a b\n", "FROM takes an image"),
    ("from-with-an-option", "FROM --pull a\n", "no option --pull"),
    ("stage-name", "FROM a AS 1st\n", "1st cannot be the name of a stage"),
    ("heredoc-without-end", "FROM a\nRUN <<EOF\nCMD x\n", "line 2: the document that EOF should end"),
    ("onbuild-onbuild", "FROM a\nONBUILD ONBUILD RUN x\n", "ONBUILD may not follow ONBUILD"),
    ("onbuild-deep", "FROM a\n" + "ONBUILD " * 9000, "ONBUILD may not follow ONBUILD"),
    ("onbuild-unknown", "FROM a\nONBUILD FOO\n", "'FOO' is not an instruction"),
    ("foreign-syntax", "# syntax=acme/mockerfile:1\nimage: x\n", "in the language of acme/mockerfile:1"),
    ("directive-twice", "# escape=`\n# escape=`\nFROM a\n", "escape stands twice"),
    ("escape-of-no-kind", "# escape=^\nFROM a\n", "the directive escape"),
    ("binary", "FROM a\n\x00\x01", "not a text"),
    ("too-long", "FROM a\n" + "#" * MAX_SIZE, "more than 1048576 characters"),
]


def rows(table: list[Any]) -> list[Any]:
    """The rows of a table as parameters, named by their first column."""
    return [pytest.param(*row[1:], id=row[0]) for row in table]


@pytest.mark.parametrize(("text", "expected"), rows(LINES + COMMANDS + LABELS + REFERENCES))
def test_what_is_built(text: str, expected: dict[str, Any]) -> None:
    image = read(text)
    assert isinstance(image, Image)
    found = facts(image)
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(("text", "build_args", "base"), rows(ARGUMENTS))
def test_arguments(text: str, build_args: dict[str, str], base: str | None) -> None:
    image = read(text, build_args=build_args)
    assert isinstance(image, Image)
    assert (image.base.reference if isinstance(image.base, BaseImage) else None) == base


@pytest.mark.parametrize(("text", "expected"), rows(FROM_SCRATCH))
def test_what_an_image_from_scratch_is_compiled_for(text: str, expected: tuple[str | None, bool | None]) -> None:
    image = read(text)
    assert isinstance(image, Image)
    assert (known(image.compiled_for), image.host_decides) == expected


def test_a_build_argument_may_set_goarch() -> None:
    image = read(GO % "GOARCH=arm64", build_args={"GOARCH": "amd64"})
    assert isinstance(image, Image)
    assert image.host_decides is None


@pytest.mark.parametrize(("platform", "expected"), rows(TARGET_PLATFORMS))
def test_the_platform_of_the_build_is_in_variables(platform: str | None, expected: str) -> None:
    args = "ARG TARGETPLATFORM\nARG TARGETOS\nARG TARGETARCH\nARG TARGETVARIANT\n"
    label = 'LABEL l="$TARGETPLATFORM $TARGETOS $TARGETARCH $TARGETVARIANT-"\n'
    image = read(f"{args}FROM --platform=$BUILDPLATFORM scratch\n{args}{label}", platform=platform)
    assert isinstance(image, Image)
    assert (known(image.labels["l"]), known(image.platform)) == (expected, "?")


@pytest.mark.parametrize(("text", "target", "base"), rows(TARGETS))
def test_targets(text: str, target: str | None, base: str) -> None:
    image = read(text, target)
    assert isinstance(image, Image)
    assert isinstance(image.base, BaseImage)
    assert image.base.reference == base


@pytest.mark.parametrize("target", ["prod", "4", "-1", "1" * 5000, "²"])
def test_no_such_target(target: str) -> None:
    assert read(CHAIN, target) == NoSuchTarget(target, ("build", "base", "final", "dev"))


@pytest.mark.parametrize(("text", "reason"), rows(UNREADABLE))
def test_unreadable(text: str, reason: str) -> None:
    result = read(text)
    assert isinstance(result, Unknown)
    assert reason in result.reason


@pytest.mark.parametrize(
    ("context", "target", "base"),
    [
        pytest.param("base", "final", None, id="stage"),
        pytest.param("node:22", "build", None, id="image"),
        pytest.param("docker.io/library/node:22", "build", None, id="image-in-full"),
        pytest.param("node", "build", "node:22", id="another-tag"),
        pytest.param("sources", "build", "node:22", id="something-else"),
    ],
)
def test_a_build_context_may_replace_a_stage_or_an_image(context: str, target: str, base: str | None) -> None:
    image = read(CHAIN, target, build_contexts=[context])
    assert isinstance(image, Image)
    assert (image.base.reference if isinstance(image.base, BaseImage) else None) == base


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ARG V\nFROM python:$V\n", "'python:' is not an image reference"),
        ("FROM a:$TARGETARCH\n", "TARGETARCH depends on the machine that builds"),
        ("FROM a:${V:?which}\n", "V has no value and must have one"),
        ("FROM a:${V=3}\n", "a:${V=3} uses a substitution that no builder knows"),
    ],
)
def test_the_reason_is_in_words(text: str, reason: str) -> None:
    image = read(text)
    assert isinstance(image, Image)
    assert image.base == Unknown(reason)


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("FROM a\n" * 8_750, id="stages"),
        pytest.param("FROM a\nRUN x" + " \\\n" * 20_000, id="continuation-lines"),
        pytest.param("FROM a\nCMD " + "[" * 62_500, id="brackets"),
        pytest.param("# syntax=docker/dockerfile:1" + " " * 62_500 + "x\nFROM a\n", id="spaces-in-a-directive"),
        pytest.param("FROM a\nRUN " + "<<A " * 10_000 + "\n" + "A\n" * 10_000, id="heredocs"),
        pytest.param("FROM a\nLABEL x=" + "$" * 62_500, id="dollars"),
        pytest.param(
            "ARG A=" + "x" * 512 + "\n" + "".join(f"ARG A{i}=$A\n" for i in range(5_000)) + "FROM a\n", id="args"
        ),
        pytest.param("FROM " + "a." * 25_000 + "\n", id="dots"),
        pytest.param("FROM a\n" + "ENV A=$A$A\n" * 5_000, id="environment"),
        pytest.param(f"ARG A={'a' * 512}\nFROM a\nARG A\n" + "ARG B=${A//a/b}\n" * 2_500, id="replacements"),
        pytest.param(
            "FROM scratch AS s0\n" + "".join(f"FROM s{i} AS s{i + 1}\nCOPY --from=s{i} / /\n" for i in range(2_500)),
            id="sources",
        ),
    ],
)
def test_a_hostile_text_costs_little(text: str) -> None:
    """A quarter of what is read at all: memory is measured as it is asked for, which takes its time."""
    assert len(text) <= MAX_SIZE // 4
    tracemalloc.start()
    assert isinstance(read(text), Image)
    assert tracemalloc.get_traced_memory()[1] < 6 << 20
    tracemalloc.stop()


INSTRUCTIONS = ["FROM a", "FROM a AS b", "FROM b", "FROM $A", "ARG A=", "CMD", "ENTRYPOINT", "LABEL", "ONBUILD ", "RUN"]
MARKS = [
    ' ["h"]',
    "<<E",
    "\nE\n",
    "# escape=`\n",
    "--platform=",
    "${A",
    ":-",
    "%",
    "##",
    "//",
    "GOARCH=",
    *"}\n \"'\\`$=@:",
]
pieces = st.sampled_from(["\n", "\\\n", *INSTRUCTIONS, *MARKS]) | st.text(max_size=2)


@given(
    st.text() | st.lists(pieces, max_size=25).map("".join),
    st.none() | st.text(max_size=3),
    st.dictionaries(st.sampled_from(["A", "TARGETARCH"]), st.text(max_size=8), max_size=2),
    st.lists(st.text(max_size=3), max_size=2),
)
def test_never_raises(text: str, target: str | None, build_args: dict[str, str], build_contexts: list[str]) -> None:
    for result in (read(text, target, build_args, build_contexts), read("FROM a\n" + text, None, build_args)):
        if isinstance(result, Image):
            facts(result)
        else:
            assert isinstance(result, NoSuchTarget | Unknown)
