"""What the admin interface asks of Python."""
