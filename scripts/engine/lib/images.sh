# shellcheck shell=bash
# The images of the mirror: one from packages, the others from Dockerfiles.

# How many images are built at the same time.
readonly IMAGE_JOBS=2

# Lines `reference directory` of images/list.
list_images() {
	sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$ENGINE_DIR/images/list"
}

# The name under which an image's state and log are kept.
image_id() { printf '%s\n' "image-${1//[:\/]/-}"; }

# image_key REFERENCE DIRECTORY: changes with what the image is made of.
image_key() {
	if [ "$2" = - ]; then
		hash_of "$1" "$(state_get bootstrap-debian)"
	else
		hash_of "$1" "$(hash_of_directory "$ENGINE_DIR/images/$2")" "$(base_digest)"
	fi
}

base_reference() { list_images | sed -n '1s/ .*//p'; }
base_digest() { mirrored_digest "$(base_reference)"; }

# The mirror has this image, made of what the tree says now.
image_is_current() {
	local digest recorded key
	digest=$(mirrored_digest "$1")
	recorded=$(state_get "$(image_id "$1")")
	key=$(image_key "$1" "$2")
	[ -n "$digest" ] && [ "$recorded" = "$key $digest" ]
}

record_image() {
	state_set "$(image_id "$1")" "$(image_key "$1" "$2") $(mirrored_digest "$1")"
}

# start_job COMMAND...: in the background, once one of the others has ended.
start_job() {
	while [ "$running" -ge "$IMAGE_JOBS" ]; do
		finish_job
	done
	"$@" &
	running=$((running + 1))
}

finish_job() {
	wait -n || failed=$((failed + 1))
	running=$((running - 1))
}

build_images() {
	local reference directory running=0 failed=0 built=0
	read -r reference directory < <(list_images)
	build_base_image "$reference" "$directory"
	while read -r reference directory; do
		image_is_current "$reference" "$directory" && continue
		start_job build_image "$reference" "$directory"
		built=$((built + 1))
	done < <(list_images | tail -n +2)
	while [ "$running" -gt 0 ]; do
		finish_job
	done
	[ "$failed" -eq 0 ] || return 1
	phase_done "$(list_images | wc -l) images, $built built now"
}

build_base_image() {
	image_is_current "$1" "$2" && return 0
	logged "$(image_id "$1")" push_base_image "$1"
	record_image "$1" "$2"
	phase_says "$1"
}

push_base_image() {
	local layout=$CACHE/debian.partial
	rm -rf "$layout"
	umoci init --layout "$layout"
	umoci new --image "$layout:base"
	umoci raw add-layer --image "$layout:base" "$BOOTSTRAP/debian.tar"
	umoci config --image "$layout:base" --config.cmd bash \
		--config.env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	skopeo copy --quiet --dest-tls-verify=false "oci:$layout:base" "docker://$REGISTRY_ADDRESS/library/$1"
	rm -rf "$layout"
}

build_image() {
	local started=$SECONDS
	logged "$(image_id "$1")" publish_image "$1" "$2"
	record_image "$1" "$2"
	phase_says "$1 ($((SECONDS - started)) s)"
	# The SDK needs nothing but Python's image: it is made beside the others.
	if [ "$1" = "$SDK_IMAGE" ]; then warm_python_sdk; fi
}

# The engine builds the Dockerfile and pushes the result to the mirror. The
# base is named by its digest, for the engine remembers what a tag once meant.
publish_image() {
	local base
	base=$(base_reference)
	cd "$ENGINE_DIR/images/$2"
	run_dagger 1800 core --progress=plain host directory --path . \
		docker-build --build-args "BASE=${base%:*}@$(base_digest)" \
		publish --address "$REGISTRY_ADDRESS/library/$1"
}
