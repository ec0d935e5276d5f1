"""The audit log, as an auditor reads it.

events ── what one event says, in either version of its schema
questions ── which events are asked for, and as much of that as AWS can look for itself
log ── the log group, page by page
views ── what many events come to: a summary, a table, the secrets

Nothing here prints, and nothing but `log` calls AWS.
"""
