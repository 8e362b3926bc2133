"""What every HTTP entrance shares: the request's session and language, caching, problems, headers."""
