"""Real signatures on real files and on files made to alert; skipped where they are not at hand."""
