// Lets one identity read and write the items of one container, and nothing else of the account.

param accountName string
param databaseName string
param containerName string
param principalId string

resource account 'Microsoft.DocumentDB/databaseAccounts@2025-04-15' existing = {
  name: accountName
}

// Cosmos DB Built-in Data Contributor: a role of the account itself, the same in every account.
var contributor = '${account.id}/sqlRoleDefinitions/00000000-0000-0000-0000-000000000002'
var container = '${account.id}/dbs/${databaseName}/colls/${containerName}'

resource access 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2025-04-15' = {
  parent: account
  name: guid(container, principalId, contributor)
  properties: {
    roleDefinitionId: contributor
    principalId: principalId
    scope: container
  }
}
