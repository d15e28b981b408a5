# shellcheck shell=bash
# The first load of a Python module compiles the SDK and installs dagger-io:
# done here, so that nobody waits for it later.

# The image that python-sdk/main.go starts from.
readonly SDK_IMAGE=python:3.13-slim

warm_key() { hash_of "$(state_get sdk)" "$(mirrored_digest "$SDK_IMAGE")" "$ENGINE_ROOT"; }

warm_python_sdk() {
	local key
	key=$(warm_key)
	[ "$(state_get warm)" != "$key" ] || return 0
	logged warm load_empty_module
	state_set warm "$key"
}

# A module with one function that does nothing.
load_empty_module() {
	local module=$CACHE/warm
	write_file "$module/dagger.json" <<-END
		{"name": "warm", "engineVersion": "$DAGGER_VERSION", "sdk": {"source": "python"}, "source": "."}
	END
	write_file "$module/pyproject.toml" <<-END
		[project]
		name = "warm"
		version = "0"
		dependencies = ["dagger-io"]
	END
	mkdir -p "$module/src/warm"
	write_file "$module/src/warm/__init__.py" <<-END
		from dagger import function, object_type


		@object_type
		class Warm:
		    @function
		    def nothing(self) -> str:
		        return ""
	END
	run_dagger 900 functions --progress=plain -m "$module"
}
