"""What the service survives: each test breaks something on purpose."""
