"""What people do by hand, from the page or the command line: one function for each action, recorded, remembered, undone."""
