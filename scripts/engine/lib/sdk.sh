# shellcheck shell=bash
# The images of the Go and Python SDKs, which the engine reads from its disk.

sdk_key() {
	hash_of "$(state_get build)" "$(state_get bootstrap-sdk)" "$(hash_of_directory "$ENGINE_DIR/python-sdk")"
}

build_sdk_content() {
	local key
	key=$(sdk_key)
	if [ "$(state_get sdk)" != "$key" ] || [ ! -d "$CONTENT_DIR/blobs" ]; then
		logged sdk assemble_sdk_content
		state_set sdk "$key"
	fi
	phase_done "Go and Python"
}

assemble_sdk_content() {
	local work=$CACHE/sdk.partial layout=$CACHE/sdk.partial/layout
	rm -rf "$work"
	mkdir -p "$work/go" "$work/python"
	umoci init --layout "$layout"
	go_sdk_layer "$work/go"
	new_image "$layout:go" "$BOOTSTRAP/sdk.tar" "$work/go.tar"
	umoci config --image "$layout:go" --config.workingdir /src \
		--config.env PATH=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		--config.env GOPATH=/go --config.env GOTOOLCHAIN=local
	cp -a "$ENGINE_DIR/python-sdk" "$work/python/runtime"
	tar -C "$work/python" --owner=0 --group=0 --numeric-owner --sort=name -cf "$work/python.tar" .
	new_image "$layout:python" "$work/python.tar"
	umoci gc --layout "$layout"
	mkdir -p "$CONTENT_DIR/blobs/sha256"
	cp -n "$layout"/blobs/sha256/* "$CONTENT_DIR/blobs/sha256/"
	state_set sdk-go-digest "$(manifest_digest "$layout" go)"
	state_set sdk-python-digest "$(manifest_digest "$layout" python)"
	# What earlier contents left there.
	local blob
	for blob in "$CONTENT_DIR"/blobs/sha256/*; do
		[ -e "$layout/blobs/sha256/${blob##*/}" ] || rm -f "$blob"
	done
	rm -rf "$work"
}

# A file tree with the machine's Go, codegen and empty caches, as a tar.
go_sdk_layer() {
	local root=$1 goroot
	goroot=$(cd "$ENGINE_DIR" && go env GOROOT)
	mkdir -p "$root/usr/local/bin" "$root/go/pkg/mod" "$root/go/bin" "$root/root/.cache/go-build"
	cp -aL "$goroot" "$root/usr/local/go"
	rm -rf "$root"/usr/local/go/{test,doc,api,misc}
	cp "$BUILT/codegen" "$root/usr/local/bin/codegen"
	tar -C "$root" --owner=0 --group=0 --numeric-owner --sort=name -cf "$root.tar" .
	rm -rf "$root"
}

# new_image LAYOUT:TAG TAR...: an image whose layers are these tars.
new_image() {
	local image=$1 layer
	shift
	umoci new --image "$image"
	for layer in "$@"; do
		umoci raw add-layer --image "$image" "$layer"
	done
}

# The digest of a tag in an OCI layout.
manifest_digest() {
	skopeo inspect --raw "oci:$1:$2" | sha256sum | sed 's/^\([0-9a-f]*\).*/sha256:\1/'
}
