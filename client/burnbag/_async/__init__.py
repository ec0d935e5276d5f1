"""The asynchronous client.

`tools/asynchronous.py` makes these modules of those of the same names in `burnbag`: change those,
and run `make fmt`. Only `waiting` and `parallel` are written by hand (ADR 35).
"""
