"""Real mail without a tenant: mbox, Maildir, .eml and record files, header only."""
