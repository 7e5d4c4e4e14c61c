#!/usr/bin/env bash
# deploy.sh compose|kubernetes [--version TAG] [--image NAME] [--dry-run]
#
# Bring a version to life, wait until it is ready, and try it out; go back if it is not.
#   --version TAG   0.1.0 when left out
#   --image NAME    kubernetes: where the cluster takes the image from, without its tag
# A key for Prometheus is made at the first time. What ran before is written into releases, for
# rollback.sh.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

target='' version=${MELODYAI_VERSION:-0.1.0} image=melodyai
while (($#)); do
  case $1 in
    --help | -h) show_help ;;
    --dry-run) dry=yes ;;
    --version) version=${2:?--version needs a tag} && shift ;;
    --image) image=${2:?--image needs a name} && shift ;;
    -*) die "there is no option $1 (--help)" ;;
    *) target=$1 ;;
  esac
  shift
done
check_target
[[ $version =~ ^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$ && $version != latest ]] ||
  die "--version=$version must be the tag of one build, not latest"
secrets=${MELODYAI_SECRETS:-$here/secrets}
export MELODYAI_VERSION=$version

# Make a key once; its secret goes into a file and nowhere else.
metrics_key() {
  [[ ! -s $secrets/metrics_key ]] || return 0
  if [[ -n $dry ]]; then
    run "$@" keys create prometheus --scopes metrics
  else
    "$@" keys create prometheus --scopes metrics >"$secrets/metrics_key.new"
    chmod 0444 "$secrets/metrics_key.new"
    mv -f "$secrets/metrics_key.new" "$secrets/metrics_key"
    say "made a key for Prometheus"
  fi
}

compose_up() {
  [[ -s $secrets/settings.toml || -n $dry ]] || die "nothing is configured: configure.sh compose"
  compose up --detach --wait database redis store
  compose up --exit-code-from store-setup store-setup
  metrics_key docker compose --file "$here/compose.yaml" run --rm --no-TTY --no-deps api
  compose up --detach --wait
  run "$here/scripts/smoke_test.sh" "http://127.0.0.1:${MELODYAI_PUBLISHED_PORT:-8765}" \
    --metrics-key-file "$secrets/metrics_key"
}

# The manifests with this image and version, as kustomize sees them.
overlay() {
  local folder=$1 base
  base=$(realpath --relative-to="$folder" "$here/kubernetes")
  cat >"$folder/kustomization.yaml" <<OVERLAY
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: $namespace
resources: [$base]
images:
  - {name: melodyai, newName: $image, newTag: "$version"}
OVERLAY
}

kubernetes_up() {
  folder=$(mktemp -d)
  overlay "$folder"
  run kubectl diff --kustomize "$folder" || true # only to be seen
  run kubectl apply --kustomize "$folder"
  kube rollout status deployment/melodyai --timeout=300s
  metrics_key kubectl --namespace "$namespace" exec deployment/melodyai -- melodyai
  run "$here/scripts/configure.sh" kubernetes
}

# Not "if ..._up": there Bash would go on after a command that failed.
ended() {
  local status=$?
  [[ -z ${folder:-} ]] || rm -rf "$folder"
  ((status)) || return 0
  say "$image:$version did not become ready; going back"
  run "$here/scripts/rollback.sh" "$target" || say "there is nothing to go back to"
}
trap ended EXIT
"${target}_up"
[[ -n $dry ]] || printf '%s %s %s\n' "$target" "$image" "$version" >>"$here/releases"
say "deployed $image:$version"
