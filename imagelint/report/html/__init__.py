"""The report as one page of HTML, for a build artefact: nothing is loaded, and nothing in it can be.

The page's frame, style and script are files beside the modules. What a template says is text in it and never markup.
"""
