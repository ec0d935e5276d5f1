"""What services, client and page must agree on, to the byte; it imports the standard library only."""
