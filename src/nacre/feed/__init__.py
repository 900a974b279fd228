"""How databases travel: what the DNS and mirrors say, and what follows from it. No sockets."""
