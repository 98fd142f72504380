#!/bin/sh
# Registers the application whose tokens ingestor and management API take, once for each azd environment, and tells azd
# its names. Run by azd before it provisions. What the roles open: docs/how-to/secure-the-http-endpoints.md.
# An application that you have registered yourself: azd env set AUTH_AUDIENCE "<id> api://<id>"
set -eu

if azd env get-value AUTH_AUDIENCE >/dev/null 2>&1; then
  exit 0
fi
# What was just registered is not found everywhere for some seconds.
again() {
  for _ in 1 2 3 4 5 6; do
    "$@" && return
    sleep 5
  done
  "$@"
}
name="durable-orchestrator-$(azd env get-value AZURE_ENV_NAME)"
roles=$(mktemp)
trap 'rm -f "$roles"' EXIT
cat >"$roles" <<'END'
[
  {"value": "publish", "displayName": "Publish", "description": "Send events and files",
   "allowedMemberTypes": ["Application", "User"], "isEnabled": true},
  {"value": "read", "displayName": "Read", "description": "Look at instances, histories, dead letters and the catalogue",
   "allowedMemberTypes": ["Application", "User"], "isEnabled": true},
  {"value": "operate", "displayName": "Operate", "description": "Start, signal, repair, end and purge instances",
   "allowedMemberTypes": ["Application", "User"], "isEnabled": true}
]
END
# A registration that broke off goes on: nothing is registered twice.
if ! app=$(azd env get-value AUTH_APPLICATION 2>/dev/null); then
  app=$(az ad app create --display-name "$name" --sign-in-audience AzureADMyOrg --app-roles "@$roles" \
    --query appId --output tsv)
  azd env set AUTH_APPLICATION "$app"
fi
again az ad app update --id "$app" --identifier-uris "api://$app" --set api.requestedAccessTokenVersion=2
az ad sp show --id "$app" --output none 2>/dev/null || again az ad sp create --id "$app" --output none
again az ad sp update --id "$app" --set appRoleAssignmentRequired=true
azd env set AUTH_AUDIENCE "$app api://$app"
echo "Registered $name as $app. Give its roles to those who may send and operate."
