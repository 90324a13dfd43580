"""Benchmarks: what it costs, beside what else one would use. Each module runs by itself and prints its table."""
