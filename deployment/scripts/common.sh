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

# A Secret from files; applied without showing it, made anew when a file changed.
secret() {
  local name=$1
  shift
  if [[ -n $dry ]]; then
    kube create secret generic "$name" "$@"
  else
    kubectl --namespace "$namespace" create secret generic "$name" "$@" --dry-run=client --output yaml |
      kubectl apply --filename - >/dev/null
    say "applied: $name"
  fi
}

# Whether this account may do that to a kind, or to a part of it: may create pods --subresource=exec
may() { run kubectl auth can-i "$@" --namespace "$namespace" --quiet; }

# The version whose image the service of compose has; nothing where there is none.
running() {
  { docker compose --file "$here/compose.yaml" images api --format json 2>/dev/null || true; } |
    sed -n 's/.*"Tag":"\([^"]*\)".*/\1/p' | tail -n 1
}

# The versions that compose had well, one a line, the last one at the end.
deployed_well() {
  [[ -s $here/releases ]] || return 0
  awk '$1 == "compose" && $3 != last {print last = $3}' "$here/releases"
}

# The first word says where: compose or kubernetes.
check_target() {
  case ${target:-} in
    compose) need docker ;;
    kubernetes) need kubectl ;;
    *) die "say where: compose or kubernetes (--help says more)" ;;
  esac
}
