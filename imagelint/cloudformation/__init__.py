"""Resolve: what a value in a template comes to before deployment, as text with holes.

It must not know where templates come from, nor which resources they describe.
"""
