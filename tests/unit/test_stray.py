"""The stray handler on moto: an upload without a record goes."""

from typing import Any

import pytest

from tests.unit.conftest import Reaper, refuse_object


def posted(secret_id: str) -> dict[str, Any]:
    """S3's notification of a presigned POST."""
    return {"eventName": "ObjectCreated:Post", "s3": {"object": {"key": f"files/{secret_id}"}}}


def test_stray_deletes_an_upload_without_a_record_and_no_other(reaper: Reaper) -> None:
    there, gone = (reaper.world.seal("abc", "upload") for _ in range(2))
    for sealed in (there, gone):
        reaper.world.upload(sealed, "abc")
    reaper.world.revoke(gone)
    reaper.stray({"Records": [posted(s["id"]) for s in (there, gone)]}, None)
    assert reaper.world.files.ids() == {there["id"]}


def test_stray_fails_where_s3_does_so_that_lambda_tries_again(reaper: Reaper) -> None:
    reaper.hooks.instead("delete_objects", refuse_object("A" * 22))
    with pytest.raises(RuntimeError):
        reaper.stray({"Records": [posted("A" * 22)]}, None)
