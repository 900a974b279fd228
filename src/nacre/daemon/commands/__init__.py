"""One file for each command of the protocol: `RULES`, and `async def run(exchange)`."""
