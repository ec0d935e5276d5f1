# The zips that the functions come from, and what was written down when they were built.

locals {
  packages = { for name in ["create", "reveal", "page", "reaper"] : name => "${var.packages_dir}/${name}.zip" }

  # Zips that were not made by this project's build have no descriptions.
  descriptions = { for name, path in local.packages : name => jsondecode(file(replace(path, "/zip$/", "json")))
  if fileexists(replace(path, "/zip$/", "json")) }

  # Of a package's content. The bytes of the zip depend on the zlib that compressed it too, and a function
  # is not changed because somebody else has built it. A description knows only the zip that it was written for.
  package_hashes = { for name, path in local.packages : name => try(
    local.descriptions[name].hashes[filebase64sha256(path)], filebase64sha256(path)
  ) }
}
