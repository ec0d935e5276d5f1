"""The two doors to a secret: an anonymous one, and one at which the recipient signs (SigV4).

Made of `burnbag.doors` by tools/asynchronous: change that, and run `make fmt`.
"""

from typing import Any

from burnbag._async.transport import Api
from burnbag._async.waiting import in_thread
from burnbag.errors import IAM, ConfigurationError, RecipientRequired
from burnbag.links import Link
from burnbag.transport import Answer


async def call_recipient(
    api: Api, link: Link, method: str, action: str = "", **options: Any
) -> Answer:
    """Make a recipient's call: at the anonymous door, or signed if the secret asks who it is.

    Raises RecipientRequired if nobody can sign here, NotTheRecipient, and as `Api.fetch`.
    """
    path = f"secrets/{link.id}{action}"
    identify = api.named.get((link.base, link.id))
    if identify is None:
        try:
            return await api.call(method, link.base, f"/v1/{path}", token=link.token, **options)
        except RecipientRequired as required:
            if IAM not in required.identify:
                raise
            identify = required.identify
        api.remember_named(link.base, link.id, identify)
    try:
        signer = await in_thread(api.get_signer, link.base)
        return await api.call(
            method, link.base, f"/signed/{path}", auth=signer, token=link.token, **options
        )
    except ConfigurationError as error:
        why = str(error)
    raise RecipientRequired(identify, why)
