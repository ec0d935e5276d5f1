"""Whoever uses a store needs its KMS key too, through the service that keeps the store.

DynamoDB decrypts its table's key, S3 makes a data key for what is put and decrypts one for what
is read, and SQS does both for what is sent. AWS does so with the caller's rights. For an upload in
parts S3 makes one when it begins, and decrypts it for each part and for putting them together.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from ministack.core import iam_evaluator
from ministack.services import dynamodb, s3, sqs

from tools.emulator_differences.internals import Internals, Record

WRAPPED: Final[Internals] = {
    iam_evaluator: "enforce _anonymous _signed_request",
    dynamodb: "_tables",
    s3: "_bucket_default_sse_headers",
    sqs: "_queue_by_arn",
}
DECRYPT: Final = "kms:Decrypt"
DATA_KEY: Final = "kms:GenerateDataKey"
USES: Final = {
    "s3:PutObject": (DATA_KEY,),
    "s3:GetObject": (DECRYPT,),
    "sqs:SendMessage": (DATA_KEY, DECRYPT),
    "sqs:ReceiveMessage": (DECRYPT,),
    **{
        f"dynamodb:{action}": (DECRYPT,)
        for action in (
            *("GetItem", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"),
            *("Query", "Scan", "BatchGetItem", "BatchWriteItem"),
            *("PartiQLSelect", "PartiQLInsert", "PartiQLUpdate", "PartiQLDelete"),
        )
    },
}


def correct() -> None:
    """Check the right to a store's key after that to the store."""
    enforce = iam_evaluator.enforce

    def enforce_with_key(
        caller: str,
        action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: Record | None = None,
    ) -> Any:
        refused = enforce(
            caller, action, service, region, resource_arn, service_context=service_context
        )
        host = f"{service}.{region}.amazonaws.com"
        via = {"kms:ViaService": host, "aws:ViaAWSService": "true"}
        for use, key in () if refused else uses(action, resource_arn):
            with known_caller():
                refused = refused or enforce(caller, use, "kms", region, key, service_context=via)
        return refused

    iam_evaluator.enforce = enforce_with_key


@contextmanager
def known_caller() -> Iterator[None]:
    """A form has no signature in its header; who signed it was found out before."""
    before = iam_evaluator._anonymous.set(False)
    try:
        yield
    finally:
        iam_evaluator._anonymous.reset(before)


def uses(action: str, store: str) -> Iterator[tuple[str, str]]:
    """What a call does with the key of its store, and the key's ARN."""
    for use in (DECRYPT,) if is_part_of_upload(action) else USES.get(action, ()):
        if key := key_of(action.split(":")[0], store):
            yield use, key


def is_part_of_upload(action: str) -> bool:
    """Whether this puts a part of an upload, or completes it: IAM knows all of it as PutObject."""
    request = iam_evaluator._signed_request.get()
    return action == "s3:PutObject" and request is not None and "uploadId" in request.query_params


def key_of(service: str, store: str) -> str | None:
    """The key that a table, bucket or queue is encrypted with, None for AWS's own."""
    name = store.split(":")[-1]
    if service == "dynamodb":
        table = dynamodb._tables.get(name.split("/")[1]) or {}
        found = (table.get("SSEDescription") or {}).get("KMSMasterKeyArn")
    elif service == "s3":
        headers = s3._bucket_default_sse_headers(name.split("/")[0])
        found = headers.get("x-amz-server-side-encryption-aws-kms-key-id")
    else:
        found = ((sqs._queue_by_arn(store) or {}).get("attributes") or {}).get("KmsMasterKeyId")
    return found if str(found).startswith("arn:") else None
