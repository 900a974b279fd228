"""One file per format, in families; each yields events about one layer and never recurses."""
