"""Alerts that no signature makes: what the facts of a layer say by themselves."""
