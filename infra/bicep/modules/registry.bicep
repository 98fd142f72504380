// Where the images lie. Without an administrator's password and without anonymous pulls.

param name string
param location string
param tags object
param sku string

resource registry 'Microsoft.ContainerRegistry/registries@2025-11-01' = {
  // checkov:skip=CKV_AZURE_139: images are pushed from outside the network, by identities with a role
  // checkov:skip=CKV_AZURE_163: scanning belongs to Defender for Cloud, which is set for a subscription
  // checkov:skip=CKV_AZURE_166: quarantine holds back every image until a scanner lets it go, which not everybody has
  name: name
  location: location
  tags: tags
  sku: {
    name: sku
  }
  properties: {
    adminUserEnabled: false
    anonymousPullEnabled: false
  }
}

output name string = registry.name
output server string = registry.properties.loginServer
