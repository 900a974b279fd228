"""Processes that do hostile work: a zygote forks them, a pool hands them tasks.

`pool` knows nothing of scanning: a job is a function from one JSON value to another. `scan` is the
job of `nacre scan -j`. The parent never parses what it scans; a process that dies costs the file it
was at.
"""
