"""One file per check, found by the package walk."""
