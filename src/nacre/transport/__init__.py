"""The sockets that commands and services share: connections to a clamd, whoever's it is."""
