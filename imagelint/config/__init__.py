"""What a run is asked to do: the values, the file that has them, and where that is found.

It must not know the assembly, nor how anything is judged.
"""
