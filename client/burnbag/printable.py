"""Text that commands no terminal."""


def make_printable(text: str) -> str:
    """`text` on one line, with a `?` for whatever is not seen: it could control a terminal.

    Those are control characters, so every escape sequence and every new line, and the marks that
    turn or hide what stands next to them (Unicode's categories Other and Separator).
    """
    return "".join(c if c.isprintable() else "?" for c in text)
