"""A registry: repositories, documents of an image, retries."""
