"""Bytes of files as values, with the place in the text at which each value stands.

It must not know what any file means, CloudFormation's included.
"""
