"""Only `make mutants` installs what the mutation tester needs; it runs these tests first."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("libcst") else ["test_mutants.py"]
