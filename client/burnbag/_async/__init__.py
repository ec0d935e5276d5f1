"""The asynchronous client.

`tools/asynchronous.py` makes these modules of those of the same names in `burnbag`: change those,
and run `make fmt`. Only `waiting` is written by hand (ADR 35).
"""
