"""What burnbag's services share, in four layers; each imports from those before it only.

pure      errors, settings, header, records, capability, fields: the standard library only
seals     sealing: cryptography
AWS       items, services, aws: botocore
HTTP      http: Chalice
"""
