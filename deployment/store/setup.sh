#!/bin/sh
# Runs in the container store-setup: makes the bucket, and a user who may read and write nothing else.
set -eu

mc alias set store http://store:9000 \
  "$(cat /run/secrets/store_root_user)" "$(cat /run/secrets/store_root_password)" >/dev/null
mc mb --ignore-existing store/melodyai
mc anonymous set none store/melodyai
mc admin policy create store melodyai /policy.json
mc admin user add store melodyai "$(cat /run/secrets/store_password)" >/dev/null
mc admin policy attach store melodyai --user melodyai || echo "the policy was attached before"
