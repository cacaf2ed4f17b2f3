"""What the REST API takes and gives, the same in every edition and bound to no web framework."""
