"""Private mirrors: one host fetches databases, and passes them on to all others."""
