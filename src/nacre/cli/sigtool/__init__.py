"""The program sigtool: what it can do, one module for each sort of thing."""
