"""The command line: it parses, runs the steps one after another, and exits.

It must not know how a step works; no other room may import it.
"""
