"""Updates that cannot break: fetched, verified, tried, then put into use together."""
