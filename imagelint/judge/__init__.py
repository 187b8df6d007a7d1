"""Judge: facts against rules, less what was suppressed, as a report.

It must not know how a fact came to be, nor how a report is written.
"""
