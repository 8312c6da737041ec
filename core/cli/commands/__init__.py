"""One module a command: its words, the JSON document it makes, and how people read it."""
