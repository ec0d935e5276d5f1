"""The reveal service: service.py puts it together, recipient.py says what it does."""
