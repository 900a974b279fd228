"""The server that answers as clamd does.

One process talks to clients, in one event loop, and never looks at what they send: bytes go to an
anonymous file, whose descriptor goes to one of the processes of `workers`, and the answer comes
back as a record. What waits costs a descriptor; what is slow is done by somebody else.
"""
