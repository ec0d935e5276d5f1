"""The create service: order, logic, store, keys."""
