"""Real signatures on real files, and on files made to alert. Skipped where the signatures are not at hand."""
