"""YARA rules: random ones, each with files on both sides of its condition."""
