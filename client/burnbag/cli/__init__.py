"""The `burnbag` command.

    main ── commands: send, open, peek, receipts, sent (list), config, completion
             ├── given, source, target: what is read and where it goes
             ├── settings, history, lookup, machine: what this machine keeps, in its places
             ├── terminal, bar, clipboard, qr, words: what is shown
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
    signals.stop_listening()
    sys.exit(code)
