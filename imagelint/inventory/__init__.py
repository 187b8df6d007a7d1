"""The other report: which images the functions of an assembly run, as a table in several formats.

It must not know the rules, and judges nothing.
"""
