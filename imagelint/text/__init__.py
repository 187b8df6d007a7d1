"""Strings with holes, and what can be said of them while the holes are open.

It must not know anything else of imagelint.
"""
