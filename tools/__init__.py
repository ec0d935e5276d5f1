"""What builds burnbag and runs it: the zips, the embedded AWS, the stack, the demo."""
