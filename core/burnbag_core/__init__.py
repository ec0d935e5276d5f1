"""What burnbag's services share: the sealing format, the records, the errors, the settings."""
