#!/bin/sh
# Forgets the images: they went with their registry. Run by azd after `azd down`; with their names, the next `azd up`
# would make container apps of images that are not there.
set -eu

azd env get-values | sed -n 's/^\(SERVICE_[A-Z]*_IMAGE_NAME\)=.*/\1/p' | while read -r name; do
  azd env set "$name" ""
done
