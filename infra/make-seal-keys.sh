#!/bin/sh
# Makes the key by which the secrets worker seals, once, as secret `seal-keys` of the vault. Run by azd after it provisions.
# It is written by way of the resource manager: who deploys needs no right to read secrets, and a vault without a public
# address is reached all the same. To change keys: docs/how-to/use-secrets.md.
set -eu

secret="/subscriptions/$(azd env get-value AZURE_SUBSCRIPTION_ID)/resourceGroups/$(azd env get-value AZURE_RESOURCE_GROUP)\
/providers/Microsoft.KeyVault/vaults/$(azd env get-value AZURE_KEY_VAULT_NAME)/secrets/seal-keys?api-version=2024-11-01"

if found=$(az rest --method get --url "$secret" 2>&1); then
  exit 0
fi
case $found in
  *NotFound*) ;;
  *)
    echo "expected an answer whether there are seal keys; found: $found" >&2
    exit 1
    ;;
esac
umask 077
body=$(mktemp)
trap 'rm -f "$body"' EXIT
printf '{"properties": {"value": "{\\"1\\": \\"%s\\"}"}}' "$(head -c 32 /dev/urandom | base64)" >"$body"
az rest --method put --url "$secret" --body "@$body" --output none
echo "Made the key that seals, as secret seal-keys."
