"""Mail and what is wrapped for it."""
