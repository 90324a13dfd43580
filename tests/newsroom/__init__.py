"""A small press on loopback: six fictional publishers that publish over time, or captured pages served as if live."""
