# shellcheck shell=bash
command_status() { :; }
command_down() { stop_process engine dagger-engine; stop_process registry docker-registry; }
