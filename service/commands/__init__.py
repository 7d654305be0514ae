"""One file per command of `postlotse`; loaded only when called."""
