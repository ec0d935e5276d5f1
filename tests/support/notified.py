"""Who is told of the events of the tests' stack: a webhook, a chat, and one who hears of nobody's.

They are part of the stack from the beginning: applying it again for one file took a minute.
"""

from typing import Any, Final

from tools.emulator import REGION

HOOK: Final = "for the hook: "
CHAT: Final = "for the chat: "


def notifications(url: str) -> dict[str, Any]:
    """Terraform's variable: `opened` as in local.tfvars, the others tell who listens at `url`."""
    return {
        "opened": {"events": ["secret.revealed"], "email": []},
        "hook": {
            "events": ["secret.created", "secret.revealed"],
            "creators": ["arn:aws:*"],
            "label_prefix": HOOK,
            "webhook": {"connection_arn": connection("hook"), "url": f"{url}/hook"},
        },
        "nobody": {
            "creators": ["arn:aws:sts::000000000000:assumed-role/somebody-else/*"],
            "webhook": {"connection_arn": connection("hook"), "url": f"{url}/nobody"},
        },
        "chat": {
            "events": ["secret.created"],
            "label_prefix": CHAT,
            "slack": {
                "connection_arn": connection("chat"),
                "channel": "C01",
                "url": f"{url}/chat",
            },
        },
    }


def connection(name: str) -> str:
    """The ARN that the embedded AWS will give to a connection of that name."""
    return f"arn:aws:events:{REGION}:000000000000:connection/{name}"
