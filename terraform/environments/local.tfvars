# The embedded AWS. `make up` adds packages_dir, emulator_endpoint_url, and lambda_runtime and
# lambda_architecture: those of this machine, on which the functions run.
environment = "local"
region      = "us-east-1"

# The emulator speaks plain HTTP.
require_tls = false

# The whole stack goes away with the emulator, so nothing in it needs protection.
deletion_protection      = false
force_destroy            = true
key_deletion_window_days = 7

throttle_rate  = 2000
throttle_burst = 2000

# People sign in at the embedded AWS too; `make up` makes the first of them.
people_auth = "COGNITO"
sign_in_mfa = "OFF"

alarms     = true
watch_list = true
dashboard  = true
event_bus  = true

# Mail is not sent here, but who subscribes to the topic is told.
notifications = { opened = { events = ["secret.revealed"], email = [] } }
