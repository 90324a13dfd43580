"""One module for each page of the Newsroom: its address, what it reads, its template."""
