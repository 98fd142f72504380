// The private endpoints of all that the services reach.

param location string
param tags object
param networkId string
param subnetId string
param busId string
param cosmosId string
param storageId string
param vaultId string

var endpoints = [
  {
    name: 'bus'
    groupId: 'namespace'
    zoneName: 'privatelink.servicebus.windows.net'
  }
  {
    name: 'cosmos'
    groupId: 'Sql'
    zoneName: 'privatelink.documents.azure.com'
  }
  {
    name: 'blob'
    groupId: 'blob'
    zoneName: 'privatelink.blob.${environment().suffixes.storage}'
  }
  {
    name: 'table'
    groupId: 'table'
    zoneName: 'privatelink.table.${environment().suffixes.storage}'
  }
  {
    name: 'vault'
    groupId: 'vault'
    zoneName: 'privatelink.vaultcore.azure.net'
  }
]
var targets = {
  bus: busId
  cosmos: cosmosId
  blob: storageId
  table: storageId
  vault: vaultId
}

// One after the other: an account takes no second endpoint while it is busy with the first.
@batchSize(1)
module each 'private-endpoint.bicep' = [for endpoint in endpoints: {
  name: 'private-endpoint-${endpoint.name}'
  params: {
    name: 'pe-${endpoint.name}'
    location: location
    tags: tags
    networkId: networkId
    subnetId: subnetId
    targetId: targets[endpoint.name]
    groupId: endpoint.groupId
    zoneName: endpoint.zoneName
  }
}]
