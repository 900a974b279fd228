"""One file for each check: a title as its docstring, and ``run(host)``, which yields findings."""
