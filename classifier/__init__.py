"""The judgement: record in, suggestion out. No network, no SQL, no clock."""
