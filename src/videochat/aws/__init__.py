"""The AWS edition: Lambda functions behind API Gateway. One module in :mod:`videochat.aws.handlers` for each function."""
