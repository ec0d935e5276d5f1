"""Terraform sets the environment variables that each function reads, and no others."""

import pytest
from burnbag_core.settings import BadSettings, read

from tests.support.configuration import function_environment
from tests.support.services import ENVIRON, load

# The module that has each function's settings.
MODULES = {
    "create": ("create", "chalicelib.settings"),
    "reveal": ("reveal", "chalicelib.settings"),
    "page": ("reveal", "page"),
    "reap": ("reaper", "reap"),
    "sweep": ("reaper", "sweep"),
    "audit": ("reaper", "audit"),
    "stray": ("reaper", "stray"),
    "reconcile": ("reaper", "reconcile"),
    "letters": ("reaper", "letters"),
}
VARIABLES = function_environment()


def test_terraform_knows_every_function() -> None:
    assert VARIABLES.keys() == MODULES.keys()


@pytest.mark.parametrize("function", MODULES)
def test_a_function_starts_with_the_variables_that_terraform_sets(function: str) -> None:
    environ = {name: ENVIRON[name] for name in VARIABLES[function]}
    read(load(*MODULES[function]).Settings, environ)


@pytest.mark.parametrize(
    ("function", "name"),
    [(function, name) for function, names in VARIABLES.items() for name in sorted(names)],
)
def test_a_function_needs_every_variable_that_terraform_sets(function: str, name: str) -> None:
    environ = {other: ENVIRON[other] for other in VARIABLES[function] - {name}}
    with pytest.raises(BadSettings, match=f"^{name} "):
        read(load(*MODULES[function]).Settings, environ)
