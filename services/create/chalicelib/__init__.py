"""The create service: service.py puts it together, sender.py, listing.py and revoking.py
say what it does."""
