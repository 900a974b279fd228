"""File systems and disk images."""
