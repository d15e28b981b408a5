"""The objects of `dagger call`: one per noun, with the arguments that its functions share."""
