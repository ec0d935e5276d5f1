"""What botocore loads about AWS's services: only those that burnbag calls, and no rules for hosts.

botocore ships a list of the hosts of all services in all regions, of more than a megabyte, and
rules of which it works out a host again for each call. But for S3 the host is the same for all that
burnbag calls: the service, the region, and the domain of the region's partition. A test compares it
with botocore's own in each region that botocore knows (ADR 26).
"""

from collections.abc import Mapping
from typing import Any, Final

from botocore.loaders import Loader

CALLED: Final = ["dynamodb", "dynamodbstreams", "events", "kms", "lambda", "logs", "s3", "sqs"]
# Its bucket may be in the host.
WITH_RULES: Final = ["s3"]
RULES: Final = "endpoint-rule-set-1"


class CalledServices(Loader):
    """Loads botocore's data about the services that burnbag calls.

    botocore's own loader first looks into each of its four hundred services' folders. Where that
    and the hosts are spared, a client is there sooner by a sixth of a cold start, and a call takes
    a tenth less processor time.
    """

    def list_available_services(self, type_name: str) -> list[str]:
        """Without rules botocore takes the host that `load_data_with_path` describes."""
        return WITH_RULES if type_name == RULES else CALLED

    def load_data_with_path(self, name: str) -> tuple[Any, str]:
        """As botocore has it, but for the list of hosts."""
        if name != "endpoints":
            found: tuple[Any, str] = super().load_data_with_path(name)
            return found
        data, path = super().load_data_with_path("partitions")
        return describe_hosts(data), path


def describe_hosts(data: Mapping[str, Any]) -> dict[str, Any]:
    """The hosts of every service in all partitions, in the form of botocore's `endpoints.json`."""
    return {
        "partitions": [
            {
                "partition": partition["id"],
                "dnsSuffix": partition["outputs"]["dnsSuffix"],
                "regionRegex": partition["regionRegex"],
                "regions": partition["regions"],
                "services": {},
                "defaults": {
                    "hostname": "{service}.{region}.{dnsSuffix}",
                    "protocols": ["https"],
                    "signatureVersions": ["v4"],
                },
            }
            for partition in data["partitions"]
        ]
    }
