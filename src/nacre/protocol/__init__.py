"""The protocol of clamd, both ends, without sockets: bytes in, messages out.

A command is `zVERB argument` ended by NUL, `nVERB argument` ended by a line feed, or, in its oldest
form, whatever one packet holds. Answers end as their command did. Inside an IDSESSION commands are
numbered from 1 and answers begin with `N: `.
"""
