"""Separation of duties: each function's own credentials, against the emulator's IAM.

Allowed means that IAM lets the call through, whatever it then answers.
"""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.support.deployment import Deployment

pytestmark = pytest.mark.embedded("the functions' roles trust Lambda only: see test_on_aws.py")
Client = Callable[[str], Any]
ID = {"id": {"S": "A" * 22}}
EVENT = {"timestamp": 1, "message": "x"}
ENDS: dict[str, Any] = {
    "ProjectionExpression": "id, #state, expires_at",
    "ExpressionAttributeNames": {"#state": "state"},
}
CONTEXT = {"burnbag:id": "A" * 22, "burnbag:environment": "local"}

CALLS: dict[str, Callable[[Client, dict[str, Any]], object]] = {
    "sealing GenerateDataKey": lambda aws, o: data_key(aws, o),
    "sealing Decrypt": lambda aws, o: aws("kms").decrypt(
        KeyId=o["sealing_key_arn"], CiphertextBlob=o["wrapped"], EncryptionContext=CONTEXT
    ),
    "sealing Encrypt": lambda aws, o: aws("kms").encrypt(
        KeyId=o["sealing_key_arn"], Plaintext=b"x", EncryptionContext=CONTEXT
    ),
    "sealing CreateGrant": lambda aws, o: aws("kms").create_grant(
        KeyId=o["sealing_key_arn"],
        GranteePrincipal="arn:aws:iam::000000000000:root",
        Operations=["Decrypt"],
    ),
    "sealing PutKeyPolicy": lambda aws, o: aws("kms").put_key_policy(
        KeyId=o["sealing_key_arn"], PolicyName="default", Policy="{}"
    ),
    "receipts Sign": lambda aws, o: aws("kms").sign(
        KeyId=o["receipt_key_arn"],
        Message=b"d" * 32,
        MessageType="DIGEST",
        SigningAlgorithm="ECDSA_SHA_256",
    ),
    "receipts GetPublicKey": lambda aws, o: aws("kms").get_public_key(KeyId=o["receipt_key_arn"]),
    "receipts CreateGrant": lambda aws, o: aws("kms").create_grant(
        KeyId=o["receipt_key_arn"],
        GranteePrincipal="arn:aws:iam::000000000000:root",
        Operations=["Sign"],
    ),
    "receipts PutKeyPolicy": lambda aws, o: aws("kms").put_key_policy(
        KeyId=o["receipt_key_arn"], PolicyName="default", Policy="{}"
    ),
    "secrets GetItem": lambda aws, o: aws("dynamodb").get_item(
        TableName=o["secrets_table_name"], Key=ID
    ),
    "secrets PutItem": lambda aws, o: aws("dynamodb").put_item(
        TableName=o["secrets_table_name"],
        Item=ID,
        ConditionExpression="attribute_exists(nothing)",
    ),
    "secrets UpdateItem": lambda aws, o: update(aws, o, "views_left"),
    "secrets UpdateItem in a transaction": lambda aws, o: aws("dynamodb").transact_write_items(
        TransactItems=[{"Update": update_of(o, "views_left")}]
    ),
    "secrets UpdateItem of erase_at": lambda aws, o: update(aws, o, "erase_at"),
    "secrets UpdateItem of recipients": lambda aws, o: update(aws, o, "recipients"),
    "secrets DeleteItem": lambda aws, o: aws("dynamodb").delete_item(
        TableName=o["secrets_table_name"], Key=ID
    ),
    "secrets PartiQLDelete": lambda aws, o: execute(
        aws, f'DELETE FROM "{o["secrets_table_name"]}" WHERE "id" = ?'
    ),
    "secrets PartiQLSelect": lambda aws, o: execute(
        aws, f'SELECT * FROM "{o["secrets_table_name"]}" WHERE "id" = ?'
    ),
    "secrets PartiQLUpdate": lambda aws, o: execute(
        aws, f'UPDATE "{o["secrets_table_name"]}" REMOVE "nothing" WHERE "id" = ?'
    ),
    "secrets Scan": lambda aws, o: aws("dynamodb").scan(TableName=o["secrets_table_name"]),
    "secrets Query": lambda aws, o: aws("dynamodb").query(
        TableName=o["secrets_table_name"],
        KeyConditionExpression="id = :id",
        ExpressionAttributeValues={":id": ID["id"]},
    ),
    "overdue Query": lambda aws, o: aws("dynamodb").query(
        TableName=o["secrets_table_name"],
        IndexName="overdue",
        KeyConditionExpression="expiry_shard = :shard",
        ExpressionAttributeValues={":shard": {"S": "0"}},
    ),
    "secrets ConditionCheckItem": lambda aws, o: aws("dynamodb").transact_write_items(
        TransactItems=[
            {
                "ConditionCheck": {
                    "TableName": o["secrets_table_name"],
                    "Key": ID,
                    "ConditionExpression": "attribute_not_exists(id)",
                }
            }
        ]
    ),
    "receipts GetItem": lambda aws, o: aws("dynamodb").get_item(
        TableName=o["receipts_table_name"], Key=ID
    ),
    "receipts BatchGetItem": lambda aws, o: aws("dynamodb").batch_get_item(
        RequestItems={o["receipts_table_name"]: {"Keys": [ID]}}
    ),
    "receipts Query": lambda aws, o: aws("dynamodb").query(
        TableName=o["receipts_table_name"],
        KeyConditionExpression="id = :id",
        ExpressionAttributeValues={":id": ID["id"]},
    ),
    "by_creator Query": lambda aws, o: query_creator(aws, o["receipts_table_name"]),
    "by_creator Scan": lambda aws, o: aws("dynamodb").scan(
        TableName=o["receipts_table_name"], IndexName="by_creator"
    ),
    "secrets BatchGetItem": lambda aws, o: aws("dynamodb").batch_get_item(
        RequestItems={o["secrets_table_name"]: {"Keys": [ID]}}
    ),
    "receipts PutItem": lambda aws, o: aws("dynamodb").put_item(
        TableName=o["receipts_table_name"],
        Item=ID,
        ConditionExpression="attribute_exists(nothing)",
    ),
    "receipts UpdateItem": lambda aws, o: aws("dynamodb").update_item(
        TableName=o["receipts_table_name"],
        Key=ID,
        UpdateExpression="REMOVE nothing",
        ConditionExpression="attribute_exists(nothing)",
    ),
    "receipts DeleteItem": lambda aws, o: aws("dynamodb").delete_item(
        TableName=o["receipts_table_name"], Key=ID
    ),
    "receipts PartiQLDelete": lambda aws, o: execute(
        aws, f'DELETE FROM "{o["receipts_table_name"]}" WHERE "id" = ?'
    ),
    "receipts PartiQLUpdate": lambda aws, o: execute(
        aws, f'UPDATE "{o["receipts_table_name"]}" REMOVE "nothing" WHERE "id" = ?'
    ),
    "receipts Scan": lambda aws, o: aws("dynamodb").scan(TableName=o["receipts_table_name"]),
    "people UpdateItem": lambda aws, o: aws("dynamodb").update_item(
        TableName=people_table(o),
        Key=ID,
        UpdateExpression="REMOVE nothing",
        ConditionExpression="attribute_exists(nothing)",
    ),
    "people GetItem": lambda aws, o: aws("dynamodb").get_item(TableName=people_table(o), Key=ID),
    "people PutItem": lambda aws, o: aws("dynamodb").put_item(
        TableName=people_table(o), Item=ID, ConditionExpression="attribute_exists(nothing)"
    ),
    "people DeleteItem": lambda aws, o: aws("dynamodb").delete_item(
        TableName=people_table(o), Key=ID
    ),
    "people Scan": lambda aws, o: aws("dynamodb").scan(TableName=people_table(o)),
    "cognito ListUsers": lambda aws, o: aws("cognito-idp").list_users(UserPoolId=o["user_pool_id"]),
    "cognito AdminCreateUser": lambda aws, o: aws("cognito-idp").admin_create_user(
        UserPoolId=o["user_pool_id"], Username="eve@example.com", MessageAction="SUPPRESS"
    ),
    "receipts Scan of ends": lambda aws, o: aws("dynamodb").scan(
        TableName=o["receipts_table_name"], Select="SPECIFIC_ATTRIBUTES", **ENDS
    ),
    "receipts Scan of labels": lambda aws, o: aws("dynamodb").scan(
        TableName=o["receipts_table_name"], ProjectionExpression="id, label"
    ),
    "receipts Scan by labels": lambda aws, o: aws("dynamodb").scan(
        TableName=o["receipts_table_name"],
        FilterExpression="attribute_exists(label)",
        Select="COUNT",
    ),
    "receipts GetItem of ends": lambda aws, o: aws("dynamodb").get_item(
        TableName=o["receipts_table_name"], Key=ID, **ENDS
    ),
    "secrets stream GetShardIterator": lambda aws, o: shard_iterator(aws, o["secrets_stream"]),
    "receipts stream GetShardIterator": lambda aws, o: shard_iterator(aws, o["receipts_stream"]),
    "files GetObject": lambda aws, o: aws("s3").get_object(
        Bucket=o["files_bucket_name"], Key="files/x"
    ),
    "files PutObject": lambda aws, o: aws("s3").put_object(
        Bucket=o["files_bucket_name"], Key="files/x"
    ),
    "files CreateMultipartUpload": lambda aws, o: aws("s3").create_multipart_upload(
        Bucket=o["files_bucket_name"], Key="files/x"
    ),
    "files UploadPart": lambda aws, o: aws("s3").upload_part(**no_upload(o), PartNumber=1),
    "files UploadPartCopy": lambda aws, o: aws("s3").upload_part_copy(
        **no_upload(o), PartNumber=1, CopySource=f"{o['files_bucket_name']}/files/x"
    ),
    "files ListParts": lambda aws, o: aws("s3").list_parts(**no_upload(o)),
    "files CompleteMultipartUpload": lambda aws, o: aws("s3").complete_multipart_upload(
        **no_upload(o)
    ),
    "files AbortMultipartUpload": lambda aws, o: aws("s3").abort_multipart_upload(**no_upload(o)),
    "files ListMultipartUploads": lambda aws, o: aws("s3").list_multipart_uploads(
        Bucket=o["files_bucket_name"]
    ),
    "elsewhere PutObject": lambda aws, o: aws("s3").put_object(
        Bucket=o["files_bucket_name"], Key="elsewhere/x"
    ),
    "files DeleteObject": lambda aws, o: aws("s3").delete_object(
        Bucket=o["files_bucket_name"], Key="files/x"
    ),
    "files ListObjects": lambda aws, o: aws("s3").list_objects_v2(Bucket=o["files_bucket_name"]),
    "files ListObjects of files/": lambda aws, o: aws("s3").list_objects_v2(
        Bucket=o["files_bucket_name"], Prefix="files/"
    ),
    "dead letters SendMessage": lambda aws, o: aws("sqs").send_message(
        QueueUrl=o["reaper_dead_letters"], MessageBody="{}"
    ),
    "dead letters ReceiveMessage": lambda aws, o: aws("sqs").receive_message(
        QueueUrl=o["reaper_dead_letters"]
    ),
    "dead letters PurgeQueue": lambda aws, o: aws("sqs").purge_queue(
        QueueUrl=o["reaper_dead_letters"]
    ),
    "audit PutLogEvents": lambda aws, o: aws("logs").put_log_events(
        logGroupName=o["audit_log_group_name"], logStreamName="none", logEvents=[EVENT]
    ),
    "audit FilterLogEvents": lambda aws, o: aws("logs").filter_log_events(
        logGroupName=o["audit_log_group_name"]
    ),
    "audit DeleteLogGroup": lambda aws, o: aws("logs").delete_log_group(
        logGroupName=o["audit_log_group_name"]
    ),
    "sweep Invoke": lambda aws, o: invoke(aws, o, "sweep"),
    "reap Invoke": lambda aws, o: invoke(aws, o, "reap"),
    "reconcile Invoke": lambda aws, o: invoke(aws, o, "reconcile"),
    "iam ListRoles": lambda aws, o: aws("iam").list_roles(),
}

ALLOWED = {
    "create": {
        "sealing GenerateDataKey",
        "receipts Sign",
        "receipts GetPublicKey",
        "secrets PutItem",
        "secrets UpdateItem of erase_at",
        "secrets DeleteItem",
        "files PutObject",
        "files CreateMultipartUpload",
        "files UploadPart",
        "files ListParts",
        "files CompleteMultipartUpload",
        "receipts PutItem",
        "receipts GetItem",
        "receipts GetItem of ends",
        "receipts BatchGetItem",
        "by_creator Query",
        "receipts UpdateItem",
        "people UpdateItem",
    },
    "reveal": {
        "sealing Decrypt",
        "files GetObject",
        "secrets GetItem",
        "secrets UpdateItem",
        "secrets UpdateItem in a transaction",
        "secrets UpdateItem of erase_at",
        "secrets UpdateItem of recipients",
        "secrets DeleteItem",
        "receipts GetItem",
        "receipts GetItem of ends",
        "receipts UpdateItem",
    },
    "page": set(),
    "reap": {
        "secrets stream GetShardIterator",
        "receipts PartiQLUpdate",
        "files DeleteObject",
        "files AbortMultipartUpload",
        "files ListParts",
        "dead letters SendMessage",
    },
    "stray": {"secrets ConditionCheckItem", "files DeleteObject", "dead letters SendMessage"},
    "sweep": {"secrets PartiQLDelete", "overdue Query"},
    "audit": {
        "receipts stream GetShardIterator",
        "audit PutLogEvents",
        "dead letters SendMessage",
    },
    "reconcile": {
        "overdue Query",
        "secrets ConditionCheckItem",
        "secrets PartiQLDelete",
        "receipts Scan of ends",
        "receipts GetItem of ends",
        "receipts PartiQLUpdate",
        "files ListObjects of files/",
        "files DeleteObject",
        "files AbortMultipartUpload",
        "files ListParts",
    },
    "letters": {
        "dead letters ReceiveMessage",
        "reap Invoke",
        "secrets stream GetShardIterator",
        "receipts stream GetShardIterator",
    },
}
# What is left of a role outside its function: what Lambda does with it, and presigned requests.
ELSEWHERE: dict[str, set[str]] = {
    "create": {
        "files PutObject",
        "files CreateMultipartUpload",
        "files UploadPart",
        "files CompleteMultipartUpload",
    },
    "reveal": {"files GetObject"},
    "page": set(),
    "reap": {"secrets stream GetShardIterator", "dead letters SendMessage"},
    "stray": {"dead letters SendMessage"},
    "sweep": set(),
    "audit": {"receipts stream GetShardIterator", "dead letters SendMessage"},
    "reconcile": set(),
    "letters": set(),
}
DENIED = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "403"}


def execute(aws: Client, statement: str) -> None:
    """One statement in a batch. AWS answers 200, with an error in its place where it is denied."""
    batch = [{"Statement": statement, "Parameters": [ID["id"]]}]
    (answer,) = aws("dynamodb").batch_execute_statement(Statements=batch)["Responses"]
    if "Error" in answer:
        raise ClientError({"Error": answer["Error"]}, "BatchExecuteStatement")


def query_creator(aws: Client, table: str) -> object:
    return aws("dynamodb").query(
        TableName=table,
        IndexName="by_creator",
        KeyConditionExpression="creator = :creator",
        ExpressionAttributeValues={":creator": {"S": "nobody"}},
    )


def people_table(outputs: dict[str, Any]) -> str:
    return f"{outputs['receipts_table_name'].removesuffix('receipts')}people"


def shard_iterator(aws: Client, stream: str) -> object:
    return aws("dynamodbstreams").get_shard_iterator(
        StreamArn=stream,
        ShardId="shardId-00000000000000000000-00000000",
        ShardIteratorType="TRIM_HORIZON",
    )


def invoke(aws: Client, outputs: dict[str, Any], function: str) -> object:
    """An event that nobody can do anything with."""
    return aws("lambda").invoke(FunctionName=outputs["function_names"][function], Payload=b"[]")


def update(aws: Client, outputs: dict[str, Any], attribute: str) -> object:
    return aws("dynamodb").update_item(**update_of(outputs, attribute))


def update_of(outputs: dict[str, Any], attribute: str) -> dict[str, Any]:
    """An update of one attribute of a record that is not there."""
    return {
        "TableName": outputs["secrets_table_name"],
        "Key": ID,
        "UpdateExpression": "SET #name = :one",
        "ConditionExpression": "attribute_exists(id)",
        "ExpressionAttributeNames": {"#name": attribute},
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }


def data_key(aws: Client, outputs: dict[str, Any]) -> Any:
    return aws("kms").generate_data_key(
        KeyId=outputs["sealing_key_arn"], KeySpec="AES_256", EncryptionContext=CONTEXT
    )


@pytest.fixture(scope="module")
def outputs(deployment: Deployment) -> dict[str, Any]:
    wrapped = data_key(deployment.session("create"), dict(deployment.outputs))["CiphertextBlob"]
    describe = deployment.client("dynamodb").describe_table
    streams = {
        f"{table}_stream": describe(TableName=deployment.outputs[f"{table}_table_name"])["Table"][
            "LatestStreamArn"
        ]
        for table in ("secrets", "receipts")
    }
    return {**deployment.outputs, "wrapped": wrapped, **streams}


def no_upload(outputs: dict[str, Any]) -> dict[str, str]:
    """An upload that S3 doesn't know."""
    return {"Bucket": outputs["files_bucket_name"], "Key": "files/x", "UploadId": "none"}


def put_object(deployment: Deployment) -> None:
    """Put files/x. On AWS what is missing looks denied to those who may not list."""
    s3, bucket = deployment.client("s3"), deployment.outputs["files_bucket_name"]
    s3.put_object(Bucket=bucket, Key="x")
    # Copied, because `stray` would delete what is put and has no record.
    s3.copy_object(Bucket=bucket, Key="files/x", CopySource=f"{bucket}/x")


@pytest.mark.parametrize("function", sorted(ALLOWED))
def test_a_function_may_do_this_and_nothing_else(
    deployment: Deployment, outputs: dict[str, Any], function: str
) -> None:
    put_object(deployment)
    aws = deployment.session(function)
    may = {name for name, call in CALLS.items() if allowed(call, aws, outputs)}
    assert may == ALLOWED[function]


@pytest.mark.parametrize("function", sorted(ELSEWHERE))
def test_whoever_has_a_function_s_role_without_the_function_has_hardly_any_right(
    deployment: Deployment, outputs: dict[str, Any], function: str
) -> None:
    put_object(deployment)
    aws = deployment.session(function, "somebody-else")
    may = {name for name, call in CALLS.items() if allowed(call, aws, outputs)}
    assert may == ELSEWHERE[function]


def allowed(call: Callable[..., object], aws: Client, outputs: dict[str, Any]) -> bool:
    try:
        call(aws, outputs)
    except ClientError as error:
        return error.response["Error"]["Code"] not in DENIED
    return True


def test_not_even_the_account_opens_a_secret_with_an_administrators_policy(
    deployment: Deployment, outputs: dict[str, Any]
) -> None:
    """The sealing key's policy leaves its uses to no IAM policy."""
    with administrator(deployment) as aws:
        for name in ("sealing GenerateDataKey", "sealing Decrypt", "sealing CreateGrant"):
            assert not allowed(CALLS[name], aws, outputs), name
        assert allowed(CALLS["secrets GetItem"], aws, outputs)


def test_not_even_the_account_signs_a_receipt_with_an_administrators_policy(
    deployment: Deployment, outputs: dict[str, Any]
) -> None:
    """What an operator could sign would prove nothing against the operator."""
    with administrator(deployment) as aws:
        for name in ("receipts Sign", "receipts CreateGrant"):
            assert not allowed(CALLS[name], aws, outputs), name


COPIES: dict[str, Callable[[Any, str], object]] = {
    "CreateBackup": lambda db, table: db.create_backup(
        TableName=table.split("/")[1], BackupName="copy"
    ),
    "ExportTableToPointInTime": lambda db, table: db.export_table_to_point_in_time(
        TableArn=table, S3Bucket="elsewhere"
    ),
    "RestoreTableToPointInTime": lambda db, table: db.restore_table_to_point_in_time(
        SourceTableArn=table, TargetTableName="copy", UseLatestRestorableTime=True
    ),
    "UpdateContinuousBackups": lambda db, table: db.update_continuous_backups(
        TableName=table.split("/")[1],
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    ),
    "EnableKinesisStreamingDestination": lambda db, table: db.enable_kinesis_streaming_destination(
        TableName=table.split("/")[1], StreamArn="arn:aws:kinesis:us-east-1:000000000000:stream/x"
    ),
    "UpdateKinesisStreamingDestination": lambda db, table: db.update_kinesis_streaming_destination(
        TableName=table.split("/")[1], StreamArn="arn:aws:kinesis:us-east-1:000000000000:stream/x"
    ),
}


def test_not_even_an_administrator_makes_a_copy_of_the_secrets(deployment: Deployment) -> None:
    root = deployment.client("dynamodb")

    def arn_of(table: str) -> str:
        found: str = root.describe_table(TableName=deployment.outputs[table])["Table"]["TableArn"]
        return found

    with administrator(deployment) as aws:
        for name, copy in COPIES.items():
            with pytest.raises(ClientError) as refused:
                copy(aws("dynamodb"), arn_of("secrets_table_name"))
            assert refused.value.response["Error"]["Code"] == "AccessDeniedException", name
        COPIES["CreateBackup"](aws("dynamodb"), arn_of("receipts_table_name"))


class administrator:
    """A user whose IAM policy allows everything."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.iam = deployment.client("iam")

    def __enter__(self) -> Client:
        self.iam.create_user(UserName="administrator")
        everything = (
            '{"Version": "2012-10-17",'
            ' "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
        )
        self.iam.put_user_policy(
            UserName="administrator", PolicyName="all", PolicyDocument=everything
        )
        key = self.iam.create_access_key(UserName="administrator")["AccessKey"]
        self.key_id = key["AccessKeyId"]
        return lambda service: boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.deployment.stack.aws_endpoint_url,
            region_name=self.deployment.stack.region,
            aws_access_key_id=self.key_id,
            aws_secret_access_key=key["SecretAccessKey"],
        )

    def __exit__(self, *_: object) -> None:
        self.iam.delete_access_key(UserName="administrator", AccessKeyId=self.key_id)
        self.iam.delete_user_policy(UserName="administrator", PolicyName="all")
        self.iam.delete_user(UserName="administrator")
