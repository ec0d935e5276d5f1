"""What AWS charges, and what is assumed where nothing can be measured: all in one place, dated.

List prices for us-east-1 (N. Virginia) in USD, without free tiers; where there are several tiers,
that of the first. They were compared with public copies of AWS's pages in the month below.
"""

from typing import Final

AS_OF: Final = "November 2026"

MILLION: Final = 1_000_000
GB: Final = 1024**3
DAYS_PER_MONTH: Final = 30.42
MINUTES_PER_MONTH: Final = 43_800

# https://aws.amazon.com/api-gateway/pricing/: REST APIs, by calls of any size.
API_REQUEST: Final = 3.50 / MILLION

# https://aws.amazon.com/lambda/pricing/: arm64. Time is rounded up to 1 ms. The start of an
# instance is billed too, since August 2025.
LAMBDA_REQUEST: Final = 0.20 / MILLION
LAMBDA_GB_SECOND: Final = 0.0000133334

# https://aws.amazon.com/kms/pricing/: each of a key's first two rotations costs as much as a key.
KMS_REQUEST: Final = 0.03 / 10_000
KMS_SIGNATURE: Final = 0.15 / 10_000
KMS_KEY_MONTH: Final = 1.00

# https://aws.amazon.com/dynamodb/pricing/on-demand/: halved in November 2024. Reading a stream is
# free for Lambda. Storage counts 100 bytes more than an item has; recovery is to a point in time.
WRITE_UNIT: Final = 0.625 / MILLION
READ_UNIT: Final = 0.125 / MILLION
TABLE_GB_MONTH: Final = 0.25
RECOVERY_GB_MONTH: Final = 0.20
ITEM_OVERHEAD_BYTES: Final = 100

# https://aws.amazon.com/s3/pricing/: Standard. Deleting is free.
S3_PUT: Final = 0.005 / 1000
S3_GET: Final = 0.0004 / 1000
S3_GB_MONTH: Final = 0.023

# https://aws.amazon.com/cloudwatch/pricing/: logs of the Standard class. What is kept is
# compressed; AWS's calculator takes it for 15 % of what came in.
LOG_GB: Final = 0.50
LOG_GB_MONTH: Final = 0.03
LOG_COMPRESSION: Final = 0.15
METRIC_MONTH: Final = 0.30
ALARM_METRIC_MONTH: Final = 0.10
COMPOSITE_ALARM_MONTH: Final = 0.50
DASHBOARD_MONTH: Final = 3.00

# https://aws.amazon.com/eventbridge/pricing/: custom events of up to 64 KB. Rules that
# match cost nothing, and what they tell SNS neither. https://aws.amazon.com/sns/pricing/: mails do.
EVENT: Final = 1.00 / MILLION
DESTINATION_CALL: Final = 0.20 / MILLION
MAIL: Final = 2.00 / 100_000

# https://aws.amazon.com/ec2/pricing/on-demand/#Data_Transfer: to the internet.
TRANSFER_GB: Final = 0.09

# --- Assumptions. Nothing was ever measured on AWS. ---

# A function has this share of a processor: its memory in MB by this.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
MEMORY_OF_ONE_PROCESSOR: Final = 1769
# A function waits so many milliseconds for each call. DynamoDB promises "single-digit" ones, and a
# transaction takes two rounds; S3's documentation says 100 to 200 for small objects. The others are
# guesses.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html
WAITS: Final = {
    "dynamodb": 5.0,
    "dynamodb TransactWriteItems": 10.0,
    # Of up to 1 MB.
    "dynamodb Scan": 100.0,
    "kms": 10.0,
    "s3": 100.0,
    "logs": 20.0,
    "sqs": 20.0,
}
# The runs that have to wait for a new instance: "typically under 1%". While it starts it has whole
# processors, whatever its memory; AWS does not say so, but many have measured it.
# https://docs.aws.amazon.com/lambda/latest/operatorguide/execution-environments.html
COLD_STARTS: Final = 0.01
# A processor on AWS is as fast as the one that measures, and TLS and the runtime itself take
# nothing. This factor would say otherwise.
PROCESSOR_FACTOR: Final = 1.0
# How long a secret waits until it is opened, or expires.
DAYS_SEALED: Final = 1.0
# DynamoDB, S3, SQS and the logs ask KMS for the storage key again every five minutes at most, and
# that is left out. So is what API Gateway's own metrics cost.
