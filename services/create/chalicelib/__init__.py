"""The create service: service.py puts it together, sender.py says what it does."""
