"""Report: the formats of a report, each a pure function to text.

It must not know templates, facts or rules; it is told what it shows.
"""
