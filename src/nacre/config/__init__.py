"""Options: one table, read from command lines and configuration files, shown as help and manual.

`table` holds every option, `command_line` and `file` read them into `Settings`, `scan` turns
settings into what the engine takes, `paths` knows the folders, `manual` and `completion` write what
users read.
"""
