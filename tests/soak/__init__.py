"""Long fault runs: a process is killed again and again, and an independent count says whether anything was lost."""
