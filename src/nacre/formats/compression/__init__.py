"""A single compressed stream."""
