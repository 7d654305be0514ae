"""The nouns: terms, the record that crosses the door, and the tables. Knows nobody else in the house."""
