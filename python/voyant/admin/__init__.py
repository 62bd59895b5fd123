"""What the admin interface asks of Python: pages about the configuration as it was given."""
