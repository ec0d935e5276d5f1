# The module's variables of watching_variables.tf.

variable "saved_queries" {
  type    = bool
  default = null
}
