#!/usr/bin/env bash
# melodyai-retrain [--store FILE] [--base MODEL] [--dry-run] [-- OPTIONS OF melodyai train preference]
# melodyai-retrain --back
#
# Learn from the ratings of the service, and promote the new model only if its guards hold. The promoted
# one is always called melody-promoted: a link in MELODYAI_HOME/models, changed in one step. Requests
# with "model": "melody-promoted" have it from then on; each piece remembers the very model it is from.
#   --store FILE    a store of ratings that is there; fetched from the service's database when left out
#   --base MODEL    what is tuned; always the same, so that nothing drifts: melody-tiny-transformer
#   --back          link to the one that was promoted before
# Exit status 0: promoted, or too few ratings, or guards that do not hold (the log says which).
# Anything else is a fault, and nothing was changed.

set -euo pipefail

say() { printf '%s\n' "melodyai-retrain: $*" >&2; }

store='' base=melody-tiny-transformer dry='' back=''
while (($#)); do
  case $1 in
    --help | -h) sed -n '2,/^$/s/^# \{0,1\}//p' "$0" && exit 0 ;;
    --store) store=${2:?--store needs a file} && shift ;;
    --base) base=${2:?--base needs a model} && shift ;;
    --back) back=yes ;;
    --dry-run) dry=yes ;;
    --) shift && break ;;
    *) say "there is no option $1 (--help)" && exit 2 ;;
  esac
  shift
done

models=${MELODYAI_HOME:-$HOME/.melodyai}/models
history=$models/promoted.log # one name a line, the last one is promoted
link=melody-promoted

# Point to a model in one step: who reads sees the old one or the new one.
point() {
  ln -sfn "$1" "$models/.$link.$$"
  mv -fT "$models/.$link.$$" "$models/$link"
}

if [[ -n $back ]]; then
  name=$(tail -n 2 "$history" 2>/dev/null | head -n 1)
  if (($(wc -l <"$history") < 2)); then
    say "nothing was promoted before: $link stays" && exit 1
  fi
  point "$name"
  sed -i '$d' "$history"
  say "went back: $link is $name"
  exit 0
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
if [[ -z $store ]]; then
  store=$scratch/ratings.sqlite
  [[ -n $dry ]] || melodyai feedback pull "$store"
elif [[ ! -f $store && -z $dry ]]; then
  say "$store: there is no such store of ratings" && exit 2
fi
name=melody-ratings-$(date -u +%Y%m%dT%H%M%S)
learn=(melodyai train preference --store "$store" --base "$base" --name "$name" "$@")
if [[ -n $dry ]]; then
  printf '+' && printf ' %q' "${learn[@]}" && printf '\n'
  exit 0
fi

status=0
"${learn[@]}" || status=$?
case $status in
  0) ;;
  3)
    say "no new model: what was promoted stays"
    exit 0
    ;;
  *)
    say "learning failed with status $status: nothing was changed"
    exit "$status"
    ;;
esac

# It must not only have passed its guards, it must compose.
melodyai compose --model "$name" --genre jig --bars 4 --seed 1 --out "$scratch/try.mid" >&2
point "$name"
printf '%s\n' "$name" >>"$history"
say "promoted: $link is $name"
