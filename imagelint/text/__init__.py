"""Strings with holes, what can be said of them while the holes are open, and the words that messages share.

It must not know anything else of imagelint.
"""
