// The account, with the database and the containers of the topology file. Without keys: the orchestrator has an identity
// and a data-plane role on the container. One write region, for with several two owners of a partition could both commit.

param name string
param location string
param tags object

@description('Pay for each request; otherwise autoscale up to throughputMax.')
param serverless bool

@description('RU/s at most of each container; one partition takes 10,000 at most. 0 if serverless.')
param throughputMax int

@allowed([
  'Continuous7Days'
  'Continuous30Days'
])
param backup string

param zoneRedundant bool
param publicNetworkAccess string

var topology = loadJsonContent('../../../shared/src/contracts/topology.json')
var databaseOf = topology.Cosmos.Databases[0]

resource account 'Microsoft.DocumentDB/databaseAccounts@2025-04-15' = {
  // checkov:skip=CKV_AZURE_101: public or private is a parameter; in public only identities with a role get in
  name: name
  location: location
  tags: tags
  kind: 'GlobalDocumentDB'
  properties: {
    databaseAccountOfferType: 'Standard'
    capabilities: serverless ? [
      {
        name: 'EnableServerless'
      }
    ] : []
    locations: [
      {
        locationName: location
        failoverPriority: 0
        isZoneRedundant: zoneRedundant
      }
    ]
    enableMultipleWriteLocations: false
    consistencyPolicy: {
      defaultConsistencyLevel: 'Session'
    }
    backupPolicy: {
      type: 'Continuous'
      continuousModeProperties: {
        tier: backup
      }
    }
    disableLocalAuth: true
    disableKeyBasedMetadataWriteAccess: true
    minimalTlsVersion: 'Tls12'
    publicNetworkAccess: publicNetworkAccess
  }
}

resource database 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases@2025-04-15' = {
  parent: account
  name: databaseOf.Name
  properties: {
    resource: {
      id: databaseOf.Name
    }
  }
}

resource containers 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers@2025-04-15' = [for container in databaseOf.Containers: {
  parent: database
  name: container.Name
  properties: {
    resource: {
      id: container.Name
      partitionKey: container.PartitionKey
      indexingPolicy: container.IndexingPolicy
      defaultTtl: container.DefaultTtl
    }
    options: serverless ? {} : {
      autoscaleSettings: {
        maxThroughput: throughputMax
      }
    }
  }
}]

output id string = account.id
output name string = account.name
output endpoint string = account.properties.documentEndpoint
output databaseName string = database.name
output containerName string = databaseOf.Containers[0].Name
