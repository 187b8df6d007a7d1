"""Load: a cloud assembly, or templates without one, as stacks with the resources and functions in them.

It must not know what AWS makes of a value, nor what any rule asks.
"""
