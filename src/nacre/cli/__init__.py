"""Command lines: arguments in, a room is called, its answer is printed through `output`."""
