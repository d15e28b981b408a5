"""The objects of `dagger call`: one a noun, with what its functions share given once."""
