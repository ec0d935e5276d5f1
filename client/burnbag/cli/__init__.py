"""The `burnbag` command.

    main ── commands: send; open and peek; receipts: receipt, unfreeze; revoking; listing; verify
             │        and keys; audit
             ├── options, settings: what the command line, the environment and the config file say
             ├── chosen: what is sent: inputs, editor, gathering and archive, generator; passphrases
             ├── inputs, tty: what is read, asked and shown; bar, loudness: how much of it
             ├── output, visible, formatting: where a secret goes, how it and results look
             ├── printing: everything that is printed, made printable
             ├── asked, durations: what logs and lists are asked; answering: what the log answers
             ├── history, idempotency, paths: what this machine keeps, and where
             └── errors, interrupts: how it ends

Whatever takes long to import is imported by the command that needs it.
"""

import sys


def run() -> None:
    """Run the command line and exit with its code.

    Signals are handled before anything else is imported. Until then, and while Python itself
    starts, Ctrl-C is Python's own matter.
    """
    try:
        from burnbag.cli import interrupts
    except KeyboardInterrupt:
        sys.exit("burnbag: interrupted")
    try:
        interrupts.install()
        with interrupts.defer():
            from burnbag.cli import main
        code = main.run_command(main.main)
    except KeyboardInterrupt:
        interrupts.tell()
        code = 1
    sys.exit(code)
