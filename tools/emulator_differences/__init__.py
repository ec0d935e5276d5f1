"""The embedded AWS, made to behave as AWS.

Nothing else patches the emulator, and docs/emulator.md lists what is done here. Each module
corrects one thing: it wraps internals of the pinned ministack, which it names in `WRAPPED`.
"""
