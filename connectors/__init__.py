"""The doors: everything that crosses the network or comes from a file, metadata only."""
