"""Messages to people: an alert, several at once, a test, the daily digest; as mail, as Slack has it, and as JSON.

Everything that comes from the web is escaped for where it goes; templates are beside this file.
"""
