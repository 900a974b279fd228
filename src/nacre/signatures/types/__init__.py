"""One module per signature type, each with its `TYPE`."""
