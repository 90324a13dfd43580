"""Chaos: the flow's tasks as processes that are killed, paused and starved by seeded schedules, and what must be true after."""
