"""The embedded AWS as a process: `python -m tools.emulator_main FOLDER`.

The folder is not read: it marks the process as this stack's (see tools/processes.py).
"""

import sys

from ministack.app import main

from tools import emulator_differences

if __name__ == "__main__":
    del sys.argv[1:]
    emulator_differences.correct()
    main()
