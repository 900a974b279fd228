"""Installers: programs that carry what they install in a form of their own."""
