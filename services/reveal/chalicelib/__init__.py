"""The reveal service: logic, store, keys."""
