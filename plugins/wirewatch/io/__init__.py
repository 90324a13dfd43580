"""Effects: one module for each thing outside (HTTP, archive, tables, model)."""
