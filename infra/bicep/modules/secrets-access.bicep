// Lets one identity read the named secrets of the vault, which must be there already.

param vaultName string
param principalId string
param names array

var roles = loadJsonContent('../roles.json')

resource vault 'Microsoft.KeyVault/vaults@2026-02-01' existing = {
  name: vaultName
}

resource secrets 'Microsoft.KeyVault/vaults/secrets@2026-02-01' existing = [for name in names: {
  parent: vault
  name: name
}]

resource readers 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (name, i) in names: {
  name: guid(vault.id, name, principalId, roles.keyVaultSecretsUser)
  scope: secrets[i]
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.keyVaultSecretsUser)
  }
}]
