#!/usr/bin/env bash
# deploy.sh compose|kubernetes [--version TAG] [--image NAME] [--dry-run]
#
# Bring a version to life, wait until it is ready, and try it out; go back to what ran before if it is
# not. Where something fails before the service was touched, the service is left alone.
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

changed='' # whether the service may be another than it was
was=''     # what to go back to: compose, a version; kubernetes, a revision of the Deployment

# Make a key once; its secret goes into a file and nowhere else.
metrics_key() {
  [[ ! -s $secrets/metrics_key ]] || return 0
  if [[ -n $dry ]]; then
    run "$@" keys create prometheus --scopes metrics
  else
    install -d -m 0700 "$secrets"
    "$@" keys create prometheus --scopes metrics >"$secrets/metrics_key.new"
    chmod 0444 "$secrets/metrics_key.new"
    mv -f "$secrets/metrics_key.new" "$secrets/metrics_key"
    say "made a key for Prometheus"
  fi
}

# Try the service out at an address.
try_out() {
  local options=()
  [[ ! -s $secrets/metrics_key && -z $dry ]] || options=(--metrics-key-file "$secrets/metrics_key")
  run "$here/scripts/smoke_test.sh" "$1" "${options[@]}"
}

# What runs; or what ran well, where this version runs already (it may be one that never became ready).
compose_before() {
  local one
  for one in "$(running)" "$(deployed_well | tail -n 1)"; do
    [[ -z $one || $one == "$version" ]] || { printf '%s' "$one" && return; }
  done
}

compose_up() {
  [[ -s $secrets/settings.toml || -n $dry ]] || die "nothing is configured: configure.sh compose"
  was=$(compose_before)
  compose up --detach --wait database redis store
  compose up --exit-code-from store-setup store-setup
  metrics_key docker compose --file "$here/compose.yaml" run --rm --no-TTY --no-deps api
  changed=yes
  compose up --detach --wait
  try_out "http://127.0.0.1:${MELODYAI_PUBLISHED_PORT:-8765}"
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

# The revision of the Deployment; nothing where there is none. To go back to it by its number is right
# however much of "kubectl apply" was done: where it is what runs, nothing happens.
revision() {
  [[ -z $dry ]] || return 0
  kube get deployment melodyai --ignore-not-found \
    --output jsonpath='{.metadata.annotations.deployment\.kubernetes\.io/revision}'
}

# A ready replica of this version. What kubectl chooses of a Deployment or a Service by itself is the
# one that has been ready for longest: of the version before, and about to end.
new_pod() {
  local each='{{range .items}}{{.metadata.name}}{{if .metadata.deletionTimestamp}} ends{{end}}'
  each+='{{range .status.conditions}}{{if eq .type "Ready"}} {{.status}}{{end}}{{end}}{{"\n"}}{{end}}'
  [[ -z $dry ]] || { printf 'NEW-POD' && return; }
  kube get pods --selector app.kubernetes.io/name=melodyai,app.kubernetes.io/component=api \
    --output go-template="$each" | awk '$2 == "True" {found = $1} END {print found}'
}

# A key for Prometheus, and its Secret. Without a file of ours, not even an empty one, a Secret that is
# there was filled by a secret manager, or from another computer: it stays.
cluster_key() {
  if [[ -z $dry && ! -e $secrets/metrics_key ]]; then
    local there
    there=$(kube get secret melodyai-metrics --ignore-not-found --output name) || there=unknown
    [[ -z $there ]] || { say "left as it is: melodyai-metrics" && return; }
  fi
  metrics_key kubectl --namespace "$namespace" exec "$pod" -- melodyai
  secret melodyai-metrics --from-file=key="$secrets/metrics_key"
}

# Lead a free port of this computer to the new replica, past Ingress and certificate.
forward() {
  local words=(port-forward --address 127.0.0.1 "pod/$pod" :8765)
  port=8765
  [[ -z $dry ]] || { kube "${words[@]}" && return; }
  : >"$folder/forwarded" # the one that writes it may begin later than we read
  kubectl --namespace "$namespace" "${words[@]}" >"$folder/forwarded" &
  forwarder=$!
  for _ in $(seq 120); do
    port=$(sed -n 's/^Forwarding from 127\.0\.0\.1:\([0-9]*\) .*/\1/p' "$folder/forwarded")
    if [[ -n $port ]] || ! kill -0 "$forwarder" 2>/dev/null; then break; fi
    sleep 0.25
  done
  [[ -n $port ]] || die "kubectl port-forward does not reach $pod"
}

kubernetes_up() {
  may create pods --subresource=portforward ||
    die "this account may not port-forward, or the cluster does not answer: what cannot be tried out is not deployed"
  folder=$(mktemp -d)
  overlay "$folder"
  was=$(revision)
  run kubectl diff --kustomize "$folder" || true # only to be seen
  changed=yes
  run kubectl apply --kustomize "$folder"
  kube rollout status deployment/melodyai --timeout=300s
  pod=$(new_pod)
  [[ -n $pod ]] || die "no replica is ready"
  cluster_key
  forward
  try_out "http://127.0.0.1:$port"
}

# Go back to what ran before, if anything was changed at all.
go_back() {
  if [[ -z $changed ]]; then
    say "$image:$version was not deployed: the service was left as it is"
  elif [[ -z $was ]]; then
    say "$image:$version did not become ready or did not pass, and there is nothing to go back to"
  else
    say "$image:$version did not become ready or did not pass; going back"
    run "$here/scripts/rollback.sh" "$target" --to "$was" || say "going back to $was failed, too"
  fi
}

# Not "if ..._up": there Bash would go on after a command that failed.
ended() {
  local status=$?
  if [[ -n ${forwarder:-} ]]; then
    kill "$forwarder" 2>/dev/null || true
    wait "$forwarder" 2>/dev/null || true
  fi
  [[ -z ${folder:-} ]] || rm -rf "$folder"
  ((status == 0)) || go_back
}
trap ended EXIT
"${target}_up"
[[ -n $dry ]] || printf '%s %s %s\n' "$target" "$image" "$version" >>"$here/releases"
say "deployed $image:$version"
