"""The `burnbag` command.

    main ── commands: send, open, peek, receipts, list, config, completion
             ├── given, source, target, again: what is read, where it goes, and what if not
             ├── settings, history, lookup, machine: what this machine keeps, in its places
             ├── terminal, unseen, bar, clipboard, qr, telling, words: what is asked and shown
             └── failures, usage, endings, signals: how it ends

Whatever takes long to import is imported by the command that needs it.
"""

import sys


def run() -> None:
    """Run the command line and exit with its code."""
    try:
        from burnbag.cli import endings, main, signals
    except KeyboardInterrupt:
        sys.exit("burnbag: interrupted")
    code = endings.code_of(main.main)
    signals.ignore()
    sys.exit(code)
