"""One module per command, found by name.

A command of ``nacre`` has `add_arguments(parser)` and `run(arguments) -> int`, and its docstring is
its help. A module without `add_arguments` is a program of its own that brings its own parser: its
`run` takes the list of arguments.
"""
