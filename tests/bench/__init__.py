"""The instruments themselves: what they read, how they count, what they leave behind."""
