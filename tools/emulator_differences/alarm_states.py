"""Which state an alarm has by its newest periods, some of which may have no data.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

Breaches = list[bool | None]


def decide(breaches: Breaches, needed: int, periods: int, missing: str) -> str | None:
    """The state: `needed` of `periods` breach, or not. None to leave it as it is.

    `breaches` are more periods than are evaluated, oldest first: missing ones are only filled in
    where there is too little data among all of them.
    """
    data = [breach for breach in breaches if breach is not None][-periods:]
    if missing == "breaching":
        return judge(data.count(True) + periods - len(data) >= needed)
    if data.count(True) >= needed:
        return "ALARM"
    if len(data) == periods or missing == "notBreaching":
        return "OK"
    if missing == "ignore":
        return None if all(data) else "OK"
    if not data:
        return "INSUFFICIENT_DATA"
    return judge(all(data) and is_old(breaches, needed))


def judge(alarm: bool) -> str:
    return "ALARM" if alarm else "OK"


def is_old(breaches: Breaches, needed: int) -> bool:
    """Whether the oldest datapoint is at least as old as `needed` periods.

    If it breaches, and all since then breach or are missing, that is an alarm, although there are
    fewer than `needed` of them.
    """
    oldest = next(index for index, breach in enumerate(breaches) if breach is not None)
    return len(breaches) - oldest >= needed
