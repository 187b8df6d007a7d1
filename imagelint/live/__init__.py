"""Asks an AWS account what no template says: images, repositories, deployed functions and stacks.

It must not know rules and reports, and it changes nothing in the account: every call of it reads.
"""
