"""Pages in a real browser: keyboard, accessibility, strict policy, hostile names."""
