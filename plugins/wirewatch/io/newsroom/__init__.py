"""What the Newsroom's pages read of the warehouse: each module the questions of one page. They change nothing."""
