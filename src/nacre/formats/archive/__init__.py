"""Containers of several members."""
