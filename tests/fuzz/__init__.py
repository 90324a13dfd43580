"""Fuzzing: what strangers send (feeds, pages, addresses, lists, records, query strings) must stop nothing, whatever it is."""
