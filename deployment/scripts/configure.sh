#!/usr/bin/env bash
# configure.sh compose|kubernetes [--dry-run]
#
# Make what is secret, once; what is there is kept. Nothing is printed.
#   compose      passwords at random, as files in deployment/secrets/ (git never sees them)
#   kubernetes   Secrets from files that you wrote into deployment/secrets/:
#                  settings.toml       database = "postgresql://..."  limit_storage = "rediss://..."
#                  store_credentials   [default] aws_access_key_id, aws_secret_access_key
#                  metrics_key         made by deploy.sh at first; may be empty
#                tls.crt and tls.key, where they are there, become melodyai-tls
#
# To change a password: delete its file, run this, and follow "Rotate" in README.md.

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
secrets=${MELODYAI_SECRETS:-$here/secrets}

# 32 letters and digits at random: about 190 bits, and no sign that an address would have to quote.
password() {
  local found=''
  while ((${#found} < 32)); do
    found+=$(head -c 64 /dev/urandom | base64 | tr -dc 'A-Za-z0-9')
  done
  printf '%s' "${found:0:32}"
}

# Keep a secret that is there; otherwise write what comes in. Others on this computer cannot enter the
# folder; the file itself must be readable, for in the container it is read by another number.
keep() {
  local file=$secrets/$1
  if [[ -e $file ]]; then
    cat >/dev/null && say "kept: $1"
  elif [[ -n $dry ]]; then
    cat >/dev/null && say "would make: $1"
  else
    cat >"$file.new" && chmod 0444 "$file.new" && mv "$file.new" "$file" && say "made: $1"
  fi
}

of() { cat "$secrets/$1" 2>/dev/null || true; }

compose_secrets() {
  local name
  for name in database_password redis_password store_root_password store_password grafana_password; do
    password | keep "$name"
  done
  printf 'root-%s' "$(password | head -c 8)" | keep store_root_user
  keep redis.conf <<REDIS
bind * -::*
requirepass $(of redis_password)
save ""
appendonly no
maxmemory 96mb
maxmemory-policy volatile-ttl
REDIS
  keep settings.toml <<SETTINGS
database = "postgresql://melodyai:$(of database_password)@database:5432/melodyai"
limit_storage = "redis://:$(of redis_password)@redis:6379/0"
SETTINGS
  keep store_credentials <<CREDENTIALS
[default]
aws_access_key_id = melodyai
aws_secret_access_key = $(of store_password)
CREDENTIALS
  keep metrics_key </dev/null
}

kubernetes_secrets() {
  local file
  for file in settings.toml store_credentials; do
    [[ -s $secrets/$file || -n $dry ]] || die "$secrets/$file is missing; --help says what it holds"
  done
  secret melodyai-secrets --from-file=settings.toml="$secrets/settings.toml"
  secret melodyai-store --from-file=credentials="$secrets/store_credentials"
  [[ ! -s $secrets/metrics_key ]] || secret melodyai-metrics --from-file=key="$secrets/metrics_key"
  if [[ -s $secrets/tls.key ]]; then
    secret melodyai-tls --type=kubernetes.io/tls \
      --from-file=tls.crt="$secrets/tls.crt" --from-file=tls.key="$secrets/tls.key"
  fi
}

[[ -n $dry ]] || install -d -m 0700 "$secrets"
"${target}_secrets"
say "configured; next: deploy.sh $target"
