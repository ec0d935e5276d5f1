"""Mutation testing: small wrong changes of services/ and core/, which some test should notice."""
