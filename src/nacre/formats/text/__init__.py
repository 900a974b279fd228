"""Text that carries other files."""
