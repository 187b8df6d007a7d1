"""What a rule is, built in or a team's own, and what it says of a document of facts.

It must not know AWS, templates or where facts come from.
"""
