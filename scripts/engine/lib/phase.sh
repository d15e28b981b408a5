# shellcheck shell=bash
# Numbered phases with their elapsed times.

PHASES=0
PHASE=0
PHASE_NAME=
PHASE_STARTED=0

# phase NAME: the next of $PHASES phases begins.
phase() {
	PHASE=$((PHASE + 1))
	PHASE_NAME=$1
	PHASE_STARTED=$SECONDS
}

# phase_says WHAT: one line about the running phase.
phase_says() {
	printf '[%d/%d] %s: %s\n' "$PHASE" "$PHASES" "$PHASE_NAME" "$1"
}

# phase_done WHAT: the same with the time the phase has taken.
phase_done() {
	phase_says "$1 ($((SECONDS - PHASE_STARTED)) s)"
}
