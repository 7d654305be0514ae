"""Pages, as a browser without script sees them."""
