// The vault with the secrets that sagas name, and with the keys that seal. Who reads what is a role, not a policy.

param name string
param location string
param tags object
param purgeProtection bool

@minValue(7)
@maxValue(90)
param deletedKeptDays int

param publicNetworkAccess string
param workspaceId string

resource vault 'Microsoft.KeyVault/vaults@2026-02-01' = {
  // checkov:skip=CKV_AZURE_109: public or private is a parameter; in public only identities with a role get in
  // checkov:skip=CKV_AZURE_189: as above
  // checkov:skip=CKV_AZURE_110: purge protection is the profile's: a dev deployment must be able to go and come again
  // checkov:skip=CKV_AZURE_42: as above
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: deletedKeptDays
    // Once on it stays on: Azure takes `true` or nothing.
    enablePurgeProtection: purgeProtection ? true : null
    publicNetworkAccess: publicNetworkAccess
    networkAcls: {
      defaultAction: publicNetworkAccess == 'Enabled' ? 'Allow' : 'Deny'
      bypass: 'AzureServices'
    }
  }
}

resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: vault
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        categoryGroup: 'audit'
        enabled: true
      }
    ]
  }
}

output id string = vault.id
output name string = vault.name
output uri string = vault.properties.vaultUri
