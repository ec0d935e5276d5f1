"""Mutation testing: small wrong changes of services/ and core/, each of which a test should notice."""
