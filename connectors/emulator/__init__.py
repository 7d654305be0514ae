"""An invented firm behind Graph-shaped and WhatsApp-shaped HTTP servers; for the demo, tests and load runs."""
