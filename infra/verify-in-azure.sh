#!/bin/sh
# What can't be checked without a subscription: `infra/verify-in-azure.sh` has the real compiler build and lint the Bicep
# files, and the resource manager say what the deployment of the current azd environment would change. With `smoke` behind
# it, it also publishes an event to what is deployed and waits for its instance to complete.
# Needs azd, az (logged in) and its Bicep. Nothing is changed, but for the one instance and the object that it writes.
set -eu
cd "$(dirname "$0")/.."

value() {
  azd env get-value "$1"
}

echo "== bicep build and lint: every warning is shown"
az bicep version
for file in infra/bicep/main.bicep infra/bicep/modules/*.bicep; do
  az bicep build --file "$file" --stdout >/dev/null
  az bicep lint --file "$file"
done

echo "== what-if: what azd provision would change, by the resource manager"
azd provision --preview

[ "${1:-}" = smoke ] || exit 0
echo "== an event becomes an instance that completes"
management=$(value ORCHESTRATOR_URL)
case $management in
  *.internal.*)
    echo "The management API is reached from inside the environment only. To try it from here:" >&2
    echo "  azd env set DURABLE_MANAGEMENT_REACHED_BY everybody && azd provision" >&2
    exit 1
    ;;
esac
audience=$(value AUTH_AUDIENCE)
exec .venv/bin/python tools/smoke_test.py "$(value INGESTOR_URL)" "$management" "api://${audience%% *}/.default"
