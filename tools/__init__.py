"""What developers run: the toolchain check, the demo, generators and recorders."""
