"""On-access protection: what is opened is scanned first, and whoever opens it waits for that."""
