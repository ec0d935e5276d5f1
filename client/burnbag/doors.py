"""The two doors to a secret: an anonymous one, and one at which the recipient signs (SigV4).

The anonymous one is tried first. It says if the secret is for named recipients, which uses nothing
up. So nobody is identified without need, and only to a server that asks for it as burnbag does.
What such a server gets is a signature of its own host, of one call and of these minutes: it learns
who signed, and can do nothing with it anywhere else.
"""

from typing import Any

from burnbag.errors import IAM, ConfigurationError, RecipientRequired
from burnbag.links import Link
from burnbag.transport import Answer, Api


def call_recipient(api: Api, link: Link, method: str, action: str = "", **options: Any) -> Answer:
    """Make a recipient's call: at the anonymous door, or signed if the secret asks who it is.

    Raises RecipientRequired if nobody can sign here, NotTheRecipient, and as `Api.fetch`.
    """
    path = f"secrets/{link.id}{action}"
    identify = api.named.get((link.base, link.id))
    if identify is None:
        try:
            return api.call(method, link.base, f"/v1/{path}", token=link.token, **options)
        except RecipientRequired as required:
            if IAM not in required.identify:
                raise
            identify = required.identify
        api.remember_named(link.base, link.id, identify)
    try:
        signer = api.get_signer(link.base)
        return api.call(
            method, link.base, f"/signed/{path}", auth=signer, token=link.token, **options
        )
    except ConfigurationError as error:
        why = str(error)
    raise RecipientRequired(identify, why)
