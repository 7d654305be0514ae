"""Pure rules: calendars, windows, threads, standing, KPIs. No clock, no SQL, no Flask."""
