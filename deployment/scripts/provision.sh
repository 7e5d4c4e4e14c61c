#!/usr/bin/env bash
# provision.sh compose|kubernetes [--dry-run]
#
# See that everything is there that a deployment needs, and prepare what is missing.
#   compose      Docker with its compose plugin; fetches the images and builds our own
#   kubernetes   kubectl, rights, the kinds that we use, a metrics service; makes the namespace

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

target=''
for word in "$@"; do
  case $word in
    --help | -h) show_help ;;
    --dry-run) dry=yes ;;
    -*) die "there is no option $word (--help)" ;;
    *) target=$word ;;
  esac
done
check_target

compose_ready() {
  run docker info --format '{{.ServerVersion}}' || die "the Docker daemon does not answer"
  run docker compose version || die "Docker's compose plugin is not installed"
  MELODYAI_VERSION=${MELODYAI_VERSION:-0.1.0} compose build --pull
  compose pull --ignore-buildable
}

kubernetes_ready() {
  run kubectl version || die "the cluster does not answer"
  local kind
  for kind in deployments.apps cronjobs.batch horizontalpodautoscalers.autoscaling \
    ingresses.networking.k8s.io networkpolicies.networking.k8s.io; do
    may create "$kind" ||
      die "this account may not create $kind in $namespace"
  done
  local part
  for part in exec portforward; do
    may create pods --subresource="$part" ||
      die "this account may not create pods/$part in $namespace, and deploy.sh needs it"
  done
  run kubectl get storageclass || die "there is no storage class, and models need a volume"
  run kubectl get --raw /apis/external.metrics.k8s.io/v1beta1 ||
    say "no external metrics: the number of replicas will not follow the queue until
prometheus-adapter is there with kubernetes/monitoring/prometheus-adapter.yaml"
  run kubectl apply --filename "$here/kubernetes/namespace.yaml"
}

"${target}_ready"
say "provisioned; next: configure.sh $target"
