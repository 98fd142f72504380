// The account in whose container files and large payloads lie. Without keys and without anonymous access.

param name string
param location string
param tags object
param sku string

@description('For so many days what was deleted can be had back.')
param deletedKeptDays int

param publicNetworkAccess string

resource account 'Microsoft.Storage/storageAccounts@2026-04-01' = {
  // checkov:skip=CKV_AZURE_206: replication is the profile's: one place in dev, three zones in production
  // checkov:skip=CKV_AZURE_35: public or private is a parameter; in public only identities with a role get in
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: sku
  }
  properties: {
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: publicNetworkAccess
    networkAcls: {
      defaultAction: publicNetworkAccess == 'Enabled' ? 'Allow' : 'Deny'
      bypass: 'AzureServices'
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2026-04-01' = {
  parent: account
  name: 'default'
  properties: {
    deleteRetentionPolicy: {
      enabled: true
      days: deletedKeptDays
    }
    containerDeleteRetentionPolicy: {
      enabled: true
      days: deletedKeptDays
    }
  }
}

resource objects 'Microsoft.Storage/storageAccounts/blobServices/containers@2026-04-01' = {
  parent: blobs
  name: 'objects'
  properties: {
    publicAccess: 'None'
  }
}

output id string = account.id
output name string = account.name
output containerName string = objects.name
output objectStoreUrl string = 'az://${account.name}/${objects.name}'
