"""Documents of office programs, and what they are made of."""
