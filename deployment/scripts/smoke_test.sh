#!/usr/bin/env bash
# smoke_test.sh URL [--key-file FILE] [--metrics-key-file FILE] [--dry-run]
#
# Try a running service out, in about ten seconds: it answers, is ready, composes, gives the same MIDI
# for the same seed and another for another one, rates, counts, and refuses what it must.
#   --key-file FILE           holds a key for read, compose and rate; none in local mode. Without one a
#                             service with keys is only asked whether it is ready and refuses
#   --metrics-key-file FILE   holds a key for metrics; the other key when left out
# Pieces that were made are deleted. Exit status 0 means that everything was as it should be.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

url='' key_file='' metrics_key_file=''
while (($#)); do
  case $1 in
    --help | -h) show_help ;;
    --dry-run) dry=yes ;;
    --key-file) key_file=${2:?--key-file needs a file} && shift ;;
    --metrics-key-file) metrics_key_file=${2:?--metrics-key-file needs a file} && shift ;;
    -*) die "there is no option $1 (--help)" ;;
    *) url=${1%/} ;;
  esac
  shift
done
[[ $url =~ ^https?:// ]] || die "name the service: smoke_test.sh http://127.0.0.1:8765"
need curl
metrics_key_file=${metrics_key_file:-$key_file}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Keys go to curl in a file that only we can read, so that no list of processes shows them.
header() {
  umask 077
  local file=$folder/header-$2
  : >"$file"
  [[ -z $1 ]] || printf 'header = "Authorization: Bearer %s"\n' "$(tr -d '[:space:]' <"$1")" >"$file"
  printf '%s' "$file"
}
caller=$(header "$key_file" caller)
watcher=$(header "$metrics_key_file" watcher)

failed() {
  say "FAILED: $*"
  exit 1
}

# ask EXPECTED WHAT HEADERS [CURL'S OWN]: send, keep the answer, and check its status.
ask() {
  local expected=$1 what=$2 headers=$3 status
  shift 3
  if [[ -n $dry ]]; then
    run curl --max-time 90 "$@"
    return
  fi
  status=$(curl --silent --show-error --max-time 90 --config "$headers" --output "$folder/answer" \
    --write-out '%{http_code}' "$@") || failed "$what: no answer from $url"
  [[ $status =~ ^($expected)$ ]] ||
    failed "$what: status $status, not $expected: $(head -c 300 "$folder/answer")"
  say "ok: $what"
}

# Take a text out of the last answer; names and links hold no quotes.
field() {
  [[ -z $dry ]] || { echo dry && return; }
  grep -o "\"$1\": *\"[^\"]*\"" "$folder/answer" | head -n 1 | cut -d '"' -f 4
}

# compose SEED NAME: make a piece, wait if it is a job, keep its MIDI, print its id.
compose_piece() {
  local body place
  body='{"genre": "jig", "key": "D major", "bars": 8, "model": "ngram", "seed": '$1'}'
  ask '201|202' "a piece with seed $1" "$caller" --request POST --header 'content-type: application/json' \
    --data "$body" "$url/v1/compositions" >&2
  if grep -q '"state"' "$folder/answer" 2>/dev/null; then
    place="$url/v1/jobs/$(field id)"
    for _ in $(seq 60); do
      ask 200 "its job" "$caller" "$place" >&2
      [[ $(field state) != "done" ]] || break
      [[ $(field state) != failed ]] || failed "the job failed: $(cat "$folder/answer")"
      sleep 1
    done
    piece=$(field piece)
  else
    piece=$(field id)
  fi
  ask 200 "its MIDI" "$caller" "$url/v1/compositions/$piece.mid" >&2
  [[ -n $dry ]] || mv "$folder/answer" "$folder/$2.mid"
  pieces+=("$piece")
}

as_a_stranger() {
  ask 401 "no piece without a key" "$folder/header-nobody" "$url/v1/genres"
}

composing() {
  pieces=()
  compose_piece 7 first
  compose_piece 7 again
  compose_piece 8 other
  if [[ -z $dry ]]; then
    [[ $(head -c 4 "$folder/first.mid") == MThd ]] || failed "what came is no MIDI file"
    cmp --silent "$folder/first.mid" "$folder/again.mid" || failed "one seed gave two pieces"
    ! cmp --silent "$folder/first.mid" "$folder/other.mid" || failed "two seeds gave one piece"
    say "ok: one seed, one piece"
  fi
  ask 200 "sound" "$caller" "$url/v1/compositions/${pieces[0]}.wav"
  ask '200|201' "a rating" "$caller" --request POST --header 'content-type: application/json' \
    --data "{\"piece\": \"${pieces[0]}\", \"stars\": 4}" "$url/v1/ratings"
  ask 422 "nothing that cannot be" "$caller" --request POST \
    --header 'content-type: application/json' --data '{"bars": 0}' "$url/v1/compositions"
  local piece
  for piece in "${pieces[@]}"; do
    ask '200|204' "deleted again" "$caller" --request DELETE "$url/v1/compositions/$piece"
  done
}

counting() {
  ask 200 "figures" "$watcher" "$url/metrics"
  local name
  for name in melodyai_requests_total melodyai_request_seconds_bucket melodyai_queue_length; do
    [[ -n $dry ]] || grep -q "^$name" "$folder/answer" || failed "/metrics has no $name"
  done
}

: >"$folder/header-nobody"
ask 200 "it answers" "$folder/header-nobody" "$url/healthz"
ask 200 "it takes work" "$folder/header-nobody" --retry 10 --retry-delay 2 "$url/readyz"
has_keys=$(curl --silent --max-time 30 --output /dev/null --write-out '%{http_code}' "$url/v1/genres" || true)
[[ $has_keys != 401 ]] || as_a_stranger
if [[ -n $key_file || $has_keys != 401 ]]; then
  composing
else
  say "not tried: composing, which needs --key-file"
fi
if [[ -n $metrics_key_file || $has_keys != 401 ]]; then counting; fi
[[ -n $dry ]] || say "the service at $url is as it should be"
