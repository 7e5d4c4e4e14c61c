#!/usr/bin/env bash
# What the scripts share; sourced, not run.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd) # deployment/
namespace=${MELODYAI_NAMESPACE:-melodyai}
dry=${dry:-}

say() { printf '%s\n' "$*" >&2; }

die() {
  say "$(basename "$0"): $*"
  exit 2
}

# Print the words at the head of a script: its help.
show_help() {
  sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
  exit 0
}

# Run a command, or only show it in a dry run.
run() {
  if [[ -n $dry ]]; then
    printf '+' && printf ' %q' "$@" && printf '\n'
  else
    "$@"
  fi
}

need() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || [[ -n $dry ]] || die "$tool is needed and not installed"
  done
}

compose() { run docker compose --file "$here/compose.yaml" "$@"; }

kube() { run kubectl --namespace "$namespace" "$@"; }

# The first word says where: compose or kubernetes.
check_target() {
  case ${target:-} in
    compose) need docker ;;
    kubernetes) need kubectl ;;
    *) die "say where: compose or kubernetes (--help says more)" ;;
  esac
}
