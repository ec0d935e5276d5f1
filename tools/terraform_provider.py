"""The provider as one process, which everything that Terraform does in a folder shares.

By itself Terraform starts it anew to validate, to plan, to apply and to destroy: of hundreds of
megabytes, which is as much work as a plan. A provider that is being debugged is started by somebody
else, and Terraform attaches to it: https://developer.hashicorp.com/terraform/plugin/debugging
"""

import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tools.console import Problem

REATTACH: Final = "TF_REATTACH_PROVIDERS"
REGISTRY: Final = "registry.terraform.io"
PROVIDER: Final = Path(REGISTRY, "hashicorp", "aws")
END_SECONDS: Final = 10
# It would log every call: nobody attached a debugger.
QUIET: Final = {"TF_LOG_SDK": "off", "TF_LOG_SDK_PROTO": "off"}


@contextmanager
def shared_provider(folder: Path, environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """`environment` for Terraform in `folder`, with the provider that `init` has put there."""
    installed = folder / ".terraform" / "providers" / PROVIDER
    program = next(installed.glob("*/*/terraform-provider-*"), None)
    if program is None:
        yield dict(environment)
        return
    # A group of its own: a Ctrl-C is Terraform's, which still needs it to clean up.
    child = subprocess.Popen(
        [program, "-debug"],
        env={**environment, **QUIET},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        process_group=0,
    )
    with child:
        try:
            yield {**environment, REATTACH: read_address(child)}
        finally:
            end(child)


def end(child: "subprocess.Popen[str]") -> None:
    """As a person would, after which it removes its socket; in the end, whatever it does."""
    child.send_signal(signal.SIGINT)
    try:
        child.wait(timeout=END_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()


def read_address(child: "subprocess.Popen[str]") -> str:
    """How to attach to it, as it writes it for a shell: TF_REATTACH_PROVIDERS='{...}'."""
    assert child.stdout
    for line in child.stdout:
        name, _, address = line.strip().partition("=")
        if name == REATTACH:
            return address.strip("'")
    raise Problem("the AWS provider did not say how to attach to it")
