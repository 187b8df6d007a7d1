"""Report: the formats of a report, each a pure function to text.

It must not know templates or facts, nor how a rule judges; it is told what it shows.
"""
