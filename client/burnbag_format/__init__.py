"""What services, client and page must agree on to the byte. Imports the standard library only."""
