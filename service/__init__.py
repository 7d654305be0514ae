"""What the firm does with it: rules, verbs, pages, API, hooks and jobs."""
