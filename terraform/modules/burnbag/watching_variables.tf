# Variables for what lets operators and auditors see what happens. Each part has a switch of its own.

variable "saved_queries" {
  description = "Whether an auditor's ten questions are saved in CloudWatch Logs Insights. A saved query costs nothing; running one costs by the GB that it reads."
  type        = bool
  default     = true
  nullable    = false
}
