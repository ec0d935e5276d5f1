# The environment's event bus. audit puts each event on it, after the log has it.
#
# It has no policy: who subscribes is in this account, or gets the events by a rule that forwards them. It is
# encrypted by a key of AWS's own, for nothing on it is secret: no link, no token, no content, and labels are not
# encrypted anywhere else either.

resource "aws_cloudwatch_event_bus" "events" {
  count = var.event_bus ? 1 : 0

  name = local.prefix
}
