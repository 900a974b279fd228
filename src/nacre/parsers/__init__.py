"""Byte structures used by two formats or more, and the reader they stand on."""
