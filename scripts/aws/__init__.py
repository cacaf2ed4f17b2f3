"""Building, deploying and emulating the AWS edition. Runs in the virtual environment of ``requirements/cloud.txt``."""
