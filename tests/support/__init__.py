"""What several suites need: the services as modules, a world to run them in, fakes."""
