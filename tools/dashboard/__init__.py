"""The dashboard of a deployment as one HTML page, for whoever has no console at hand.

What it shows is the dashboard's own definition (terraform/modules/burnbag/dashboard.tf), read from
CloudWatch, with the values that CloudWatch has.
"""
