#!/usr/bin/env bash
# rollback.sh compose|kubernetes [--to TAG] [--dry-run]
#
# Go back to the version that was deployed well before, or to another one.
#   --to TAG    kubernetes: a number of kubectl rollout history; compose: a tag
# Pieces, jobs and ratings stay where they are: a version adds columns and never removes any. To take a
# learned model back instead, see melodyai-retrain --back.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

target='' to=''
while (($#)); do
  case $1 in
    --help | -h) show_help ;;
    --dry-run) dry=yes ;;
    --to) to=${2:?--to needs a version} && shift ;;
    -*) die "there is no option $1 (--help)" ;;
    *) target=$1 ;;
  esac
  shift
done
check_target

# The version before the one that runs, of those that were deployed well.
before() {
  local now
  now=$(running)
  deployed_well | awk -v now="$now" '$1 != now {found = $1} END {print found}'
}

compose_back() {
  to=${to:-$(before)}
  [[ -n $to ]] || die "no version before this one is known: name one with --to"
  MELODYAI_VERSION=$to compose up --detach --no-build --wait api
  [[ -n $dry ]] || printf 'compose melodyai %s\n' "$to" >>"$here/releases"
}

kubernetes_back() {
  kube rollout undo deployment/melodyai ${to:+--to-revision="$to"}
  kube rollout status deployment/melodyai --timeout=300s
}

"${target}_back"
say "went back${to:+ to $to}"
