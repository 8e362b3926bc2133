"""Files on their way in: parts, checks, quotas."""
