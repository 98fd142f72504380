#!/bin/sh
# Has the registry build the image of each service that has none yet, and tells azd its name. Run by azd after it
# provisions: without images there are no container apps, and what needs an image is made by the next `azd provision`.
# To build one anew: azd deploy <service>.
set -eu
cd "$(dirname "$0")/.."

registry=$(azd env get-value AZURE_CONTAINER_REGISTRY_ENDPOINT)
revision=$(git rev-parse HEAD)
for service in ingestor orchestrator documents http language secrets storage tabular; do
  name="SERVICE_$(echo "$service" | tr '[:lower:]' '[:upper:]')_IMAGE_NAME"
  if built=$(azd env get-value "$name" 2>&1) && [ -n "$built" ]; then
    continue
  fi
  folder=services/$service
  [ -d "$folder" ] || folder=services/workers/$service
  image=durable-orchestrator/$service:$revision
  az acr build --registry "${registry%%.*}" --image "$image" --file "$folder/Dockerfile" \
    --build-arg "REVISION=$revision" --no-logs .
  azd env set "$name" "$registry/$image"
done
