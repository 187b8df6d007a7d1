"""Audit: thousands of cloud assemblies and templates, wherever they lie, as rows of Parquet files.

It must not know what a rule asks or how an assembly is read: each source is loaded and linted as `check` does it.
"""
