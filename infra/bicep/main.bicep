// All that a deployment is made of, in a resource group of its own: `azd up`, or see docs/how-to/deploy.md.
// What the services need to know of each other goes from the outputs of one module into the parameters of another.

targetScope = 'subscription'

@description('Name of the deployment; resources are named after it.')
@minLength(1)
@maxLength(64)
param environmentName string

@description('Azure region, as in westeurope.')
param location string

@description('Which of profiles/*.json says how large and how safe it is.')
@allowed([
  'dev'
  'production'
])
param profile string = 'dev'

@description('How Service Bus, Cosmos DB, storage and vault are reached: private means by private endpoints only, and Premium.')
@allowed([
  'public'
  'private'
])
param networking string = 'public'

@description('Tenant whose tokens ingestor and management API take; empty: the one of the subscription.')
param authTenantId string = ''

@description('Names of the application, one of which a token must be for, separated by blanks: see infra/register-app.sh.')
@minLength(1)
param authAudience string

@description('Who can reach the management API: what runs in the environment, or everybody who has a token.')
@allowed([
  'environment'
  'everybody'
])
param managementReachedBy string = 'environment'

@description('Modules whose sagas the orchestrator runs, separated by commas.')
param sagaModules string = 'orchestrator.sagas'

@description('Secrets of the vault that the HTTP worker may send, and where: pairs secret=origin separated by blanks.')
param sentByHttp string = ''

@description('Id of the action group that alerts are sent to; empty: they are seen in the portal only.')
param alertsTo string = ''

@description('Images by service. A service without one is not there yet: the registry must be there before its images.')
param images object = {}

var profiles = {
  dev: loadJsonContent('profiles/dev.json')
  production: loadJsonContent('profiles/production.json')
}
var chosen = profiles[profile]
var moreSettings = any(chosen.settings)
var workers = loadJsonContent('workers.json')
var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = {
  'azd-env-name': environmentName
}
var privateNetworking = networking == 'private'
var busSku = chosen.serviceBus.sku
var busUnits = chosen.serviceBus.units
var publicNetworkAccess = privateNetworking ? 'Disabled' : 'Enabled'
var sealKeysSecret = 'seal-keys'
var ingestorImage = images.?ingestor ?? ''
var orchestratorImage = images.?orchestrator ?? ''

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module observability 'modules/observability.bicep' = {
  name: 'observability'
  scope: group
  params: {
    workspaceName: 'log-${token}'
    insightsName: 'appi-${token}'
    location: location
    tags: tags
    keptDays: chosen.logs.keptDays
    gigabytesPerDayMax: chosen.logs.gigabytesPerDayMax
  }
}

module workbook 'modules/workbook.bicep' = {
  name: 'workbook'
  scope: group
  params: {
    insightsId: observability.outputs.insightsId
    location: location
    tags: tags
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  scope: group
  params: {
    insightsId: observability.outputs.insightsId
    location: location
    tags: tags
    actionGroupIds: empty(alertsTo) ? [] : [alertsTo]
  }
}

module bus 'modules/servicebus.bicep' = {
  name: 'servicebus'
  scope: group
  params: {
    name: 'sb-${token}'
    location: location
    tags: tags
    sku: privateNetworking ? 'Premium' : busSku
    units: privateNetworking ? max(1, busUnits) : busUnits
    publicNetworkAccess: publicNetworkAccess
  }
}

module cosmos 'modules/cosmos.bicep' = {
  name: 'cosmos'
  scope: group
  params: {
    name: 'cosmos-${token}'
    location: location
    tags: tags
    serverless: chosen.cosmos.serverless
    throughputMax: chosen.cosmos.throughputMax
    backup: chosen.cosmos.backup
    zoneRedundant: chosen.zoneRedundant
    publicNetworkAccess: publicNetworkAccess
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  scope: group
  params: {
    name: 'st${token}'
    location: location
    tags: tags
    sku: chosen.storage.sku
    deletedKeptDays: chosen.storage.deletedKeptDays
    publicNetworkAccess: publicNetworkAccess
  }
}

module vault 'modules/vault.bicep' = {
  name: 'vault'
  scope: group
  params: {
    name: 'kv-${token}'
    location: location
    tags: tags
    purgeProtection: chosen.vault.purgeProtection
    deletedKeptDays: chosen.vault.deletedKeptDays
    publicNetworkAccess: publicNetworkAccess
    workspaceId: observability.outputs.workspaceId
  }
}

module registry 'modules/registry.bicep' = {
  name: 'registry'
  scope: group
  params: {
    name: 'cr${token}'
    location: location
    tags: tags
    sku: chosen.registry.sku
  }
}

module network 'modules/network.bicep' = if (privateNetworking) {
  name: 'network'
  scope: group
  params: {
    name: 'vnet-${token}'
    location: location
    tags: tags
  }
}

module privateEndpoints 'modules/private-endpoints.bicep' = if (privateNetworking) {
  name: 'private-endpoints'
  scope: group
  params: {
    location: location
    tags: tags
    networkId: network!.outputs.id
    subnetId: network!.outputs.endpointsSubnetId
    busId: bus.outputs.id
    cosmosId: cosmos.outputs.id
    storageId: storage.outputs.id
    vaultId: vault.outputs.id
  }
}

module environment 'modules/environment.bicep' = {
  name: 'environment'
  scope: group
  params: {
    name: 'cae-${token}'
    location: location
    tags: tags
    workspaceId: observability.outputs.workspaceId
    subnetId: privateNetworking ? network!.outputs.containersSubnetId : ''
    zoneRedundant: chosen.zoneRedundant
  }
}

// Who each service is, and what it may do.

module ingestorIdentity 'modules/identity.bicep' = {
  name: 'identity-ingestor'
  scope: group
  params: {
    name: 'ingestor'
    location: location
    tags: tags
    busName: bus.outputs.name
    sendsToQueues: []
    sendsToTopics: [
      'events'
    ]
    receivesFromQueues: []
    receivesFromSubscriptions: []
    storageName: storage.outputs.name
    containerName: storage.outputs.containerName
    registryName: registry.outputs.name
    insightsName: observability.outputs.insightsName
  }
}

// It receives from `commands.*` what their dead-letter queues hold.
var commandQueues = [for worker in workers: 'commands.${worker.name}']

module orchestratorIdentity 'modules/identity.bicep' = {
  name: 'identity-orchestrator'
  scope: group
  params: {
    name: 'orchestrator'
    location: location
    tags: tags
    busName: bus.outputs.name
    sendsToQueues: concat(commandQueues, [
      'control'
      'instances'
    ])
    sendsToTopics: [
      'lifecycle'
    ]
    receivesFromQueues: concat(commandQueues, [
      'instances'
    ])
    receivesFromSubscriptions: [
      {
        topic: 'events'
        name: 'orchestrator'
      }
    ]
    storageName: storage.outputs.name
    containerName: storage.outputs.containerName
    registryName: registry.outputs.name
    insightsName: observability.outputs.insightsName
  }
}

module orchestratorRecords 'modules/cosmos-access.bicep' = {
  name: 'cosmos-access-orchestrator'
  scope: group
  params: {
    accountName: cosmos.outputs.name
    databaseName: cosmos.outputs.databaseName
    containerName: cosmos.outputs.containerName
    principalId: orchestratorIdentity.outputs.principalId
  }
}

module workerIdentities 'modules/identity.bicep' = [for worker in workers: {
  name: 'identity-${worker.name}'
  scope: group
  params: {
    name: worker.name
    location: location
    tags: tags
    busName: bus.outputs.name
    sendsToQueues: [
      'instances'
    ]
    sendsToTopics: []
    receivesFromQueues: [
      'commands.${worker.name}'
      'control'
    ]
    receivesFromSubscriptions: []
    storageName: storage.outputs.name
    containerName: storage.outputs.containerName
    registryName: registry.outputs.name
    insightsName: observability.outputs.insightsName
  }
}]

module storageAccess 'modules/account-access.bicep' = [for (worker, i) in workers: if (worker.name == 'storage') {
  name: 'account-access-${worker.name}'
  scope: group
  params: {
    accountName: storage.outputs.name
    principalId: workerIdentities[i].outputs.principalId
  }
}]

module vaultAccess 'modules/vault-access.bicep' = [for (worker, i) in workers: if (worker.name == 'secrets') {
  name: 'vault-access-${worker.name}'
  scope: group
  params: {
    vaultName: vault.outputs.name
    principalId: workerIdentities[i].outputs.principalId
  }
}]

var sentPairs = empty(sentByHttp) ? [] : split(sentByHttp, ' ')
var sentNames = [for pair in sentPairs: split(pair, '=')[0]]

module sentAccess 'modules/secrets-access.bicep' = [for (worker, i) in workers: if (worker.name == 'http' && !empty(sentByHttp)) {
  name: 'secrets-access-${worker.name}'
  scope: group
  params: {
    vaultName: vault.outputs.name
    principalId: workerIdentities[i].outputs.principalId
    names: sentNames
  }
}]

// What each service is told, and how it scales.

var sharedSettings = [
  {
    name: 'SERVICEBUS_FULLY_QUALIFIED_NAMESPACE'
    value: bus.outputs.host
  }
  {
    name: 'OBJECT_STORE_URL'
    value: storage.outputs.objectStoreUrl
  }
  {
    name: 'APPLICATIONINSIGHTS_CONNECTION_STRING'
    value: observability.outputs.connectionString
  }
]
var authSettings = [
  {
    name: 'AUTH_TENANT_ID'
    value: empty(authTenantId) ? tenant().tenantId : authTenantId
  }
  {
    name: 'AUTH_AUDIENCE'
    value: authAudience
  }
]
var orchestratorSettings = [
  {
    name: 'COSMOS_ENDPOINT'
    value: cosmos.outputs.endpoint
  }
  {
    name: 'COSMOS_DATABASE'
    value: cosmos.outputs.databaseName
  }
  {
    name: 'PARTITION_COUNT'
    value: '${chosen.partitions}'
  }
  {
    name: 'SAGA_MODULES'
    value: sagaModules
  }
]
var vaultSetting = {
  name: 'AZURE_KEY_VAULT_URL'
  value: vault.outputs.uri
}
var workerSettings = {
  documents: []
  http: empty(sentByHttp) ? [] : [
    vaultSetting
    {
      name: 'HTTP_SECRETS'
      value: sentByHttp
    }
  ]
  language: []
  secrets: [
    vaultSetting
    {
      name: 'SECRETS_SEAL_KEYS'
      secretRef: sealKeysSecret
    }
  ]
  storage: []
  tabular: []
}

module ingestor 'modules/app.bicep' = if (!empty(ingestorImage)) {
  name: 'app-ingestor'
  scope: group
  params: {
    name: 'ingestor'
    location: location
    tags: tags
    environmentId: environment.outputs.id
    identityId: ingestorIdentity.outputs.id
    clientId: ingestorIdentity.outputs.clientId
    registryServer: registry.outputs.server
    image: ingestorImage
    settings: concat(sharedSettings, authSettings, moreSettings.?ingestor ?? [])
    cpu: chosen.ingestor.cpu
    memory: chosen.ingestor.memory
    reachedBy: 'everybody'
    replicasMin: chosen.ingestor.replicasMin
    replicasMax: chosen.ingestor.replicasMax
    scaleRules: [
      {
        name: 'requests'
        http: {
          metadata: {
            concurrentRequests: '100'
          }
        }
      }
    ]
  }
}

module orchestrator 'modules/app.bicep' = if (!empty(orchestratorImage)) {
  name: 'app-orchestrator'
  scope: group
  dependsOn: [
    orchestratorRecords
  ]
  params: {
    name: 'orchestrator'
    location: location
    tags: tags
    environmentId: environment.outputs.id
    identityId: orchestratorIdentity.outputs.id
    clientId: orchestratorIdentity.outputs.clientId
    registryServer: registry.outputs.server
    image: orchestratorImage
    settings: concat(sharedSettings, authSettings, orchestratorSettings, moreSettings.?orchestrator ?? [])
    cpu: chosen.orchestrator.cpu
    memory: chosen.orchestrator.memory
    reachedBy: managementReachedBy
    replicasMin: chosen.orchestrator.replicasMin
    // A replica beyond the number of partitions would have nothing to do.
    replicasMax: min(chosen.orchestrator.replicasMax, chosen.partitions)
    scaleRules: [
      {
        name: 'instances'
        custom: {
          type: 'azure-servicebus'
          identity: orchestratorIdentity.outputs.id
          metadata: {
            namespace: bus.outputs.name
            queueName: 'instances'
            messageCount: '1000'
          }
        }
      }
      {
        name: 'events'
        custom: {
          type: 'azure-servicebus'
          identity: orchestratorIdentity.outputs.id
          metadata: {
            namespace: bus.outputs.name
            topicName: 'events'
            subscriptionName: 'orchestrator'
            messageCount: '1000'
          }
        }
      }
    ]
  }
}

module workerApps 'modules/app.bicep' = [for (worker, i) in workers: if (!empty(images[?worker.name] ?? '')) {
  name: 'app-${worker.name}'
  scope: group
  dependsOn: [
    storageAccess
    vaultAccess
    sentAccess
  ]
  params: {
    name: worker.name
    location: location
    tags: tags
    environmentId: environment.outputs.id
    identityId: workerIdentities[i].outputs.id
    clientId: workerIdentities[i].outputs.clientId
    registryServer: registry.outputs.server
    image: images[worker.name]
    settings: concat(sharedSettings, workerSettings[worker.name], moreSettings[?worker.name] ?? [], [
      {
        // A replica takes as many commands as it can run, so that another one is asked for when there are more.
        name: 'WORKER_CONCURRENCY'
        value: '${worker.concurrency}'
      }
      {
        name: 'WORKER_PROCESSES'
        value: '${worker.processes}'
      }
    ])
    vaultReferences: worker.name == 'secrets' ? [
      {
        name: sealKeysSecret
        identity: workerIdentities[i].outputs.id
        keyVaultUrl: '${vault.outputs.uri}secrets/${sealKeysSecret}'
      }
    ] : []
    cpu: worker.cpu
    memory: worker.memory
    mounts: worker.mounts
    reachedBy: 'nobody'
    replicasMin: chosen.workers.replicasMin
    replicasMax: chosen.workers.replicasMax
    scaleRules: [
      {
        name: 'commands'
        custom: {
          type: 'azure-servicebus'
          identity: workerIdentities[i].outputs.id
          metadata: {
            namespace: bus.outputs.name
            queueName: 'commands.${worker.name}'
            messageCount: '${worker.concurrency}'
          }
        }
      }
    ]
  }
}]

output AZURE_RESOURCE_GROUP string = group.name
output AZURE_CONTAINER_REGISTRY_ENDPOINT string = registry.outputs.server
output AZURE_KEY_VAULT_NAME string = vault.outputs.name
output SERVICEBUS_FULLY_QUALIFIED_NAMESPACE string = bus.outputs.host
output COSMOS_ENDPOINT string = cosmos.outputs.endpoint
output OBJECT_STORE_URL string = storage.outputs.objectStoreUrl
output INGESTOR_URL string = empty(ingestorImage) ? '' : (ingestor!.outputs.url)
output ORCHESTRATOR_URL string = empty(orchestratorImage) ? '' : (orchestrator!.outputs.url)
