"""What services and client must agree on to the byte.

It imports the standard library only, except for `identity`, which needs cryptography.
"""
