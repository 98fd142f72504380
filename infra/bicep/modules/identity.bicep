// Who a service is, and what it may do: each role is on one queue, topic, subscription or container.

param name string
param location string
param tags object
param busName string

@description('Queues that it sends to.')
param sendsToQueues array

@description('Topics that it sends to.')
param sendsToTopics array

@description('Queues that it receives from, and from their dead-letter queues.')
param receivesFromQueues array

@description('Subscriptions that it receives from: objects of topic and name.')
param receivesFromSubscriptions array

param storageName string
param containerName string
param registryName string
param insightsName string

var roles = loadJsonContent('../roles.json')
var receive = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.azureServiceBusDataReceiver)
var send = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.azureServiceBusDataSender)

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-${name}'
  location: location
  tags: tags
}

resource bus 'Microsoft.ServiceBus/namespaces@2026-01-01' existing = {
  name: busName
}

resource sentQueues 'Microsoft.ServiceBus/namespaces/queues@2026-01-01' existing = [for queue in sendsToQueues: {
  parent: bus
  name: queue
}]

resource queueSenders 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (queue, i) in sendsToQueues: {
  name: guid(bus.id, queue, identity.id, send)
  scope: sentQueues[i]
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: send
  }
}]

resource sentTopics 'Microsoft.ServiceBus/namespaces/topics@2026-01-01' existing = [for topic in sendsToTopics: {
  parent: bus
  name: topic
}]

resource topicSenders 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (topic, i) in sendsToTopics: {
  name: guid(bus.id, topic, identity.id, send)
  scope: sentTopics[i]
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: send
  }
}]

resource receivedQueues 'Microsoft.ServiceBus/namespaces/queues@2026-01-01' existing = [for queue in receivesFromQueues: {
  parent: bus
  name: queue
}]

resource queueReceivers 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (queue, i) in receivesFromQueues: {
  name: guid(bus.id, queue, identity.id, receive)
  scope: receivedQueues[i]
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: receive
  }
}]

resource receivedSubscriptions 'Microsoft.ServiceBus/namespaces/topics/subscriptions@2026-01-01' existing = [for source in receivesFromSubscriptions: {
  name: '${busName}/${source.topic}/${source.name}'
}]

resource subscriptionReceivers 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (source, i) in receivesFromSubscriptions: {
  name: guid(bus.id, source.topic, source.name, identity.id, receive)
  scope: receivedSubscriptions[i]
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: receive
  }
}]

resource account 'Microsoft.Storage/storageAccounts@2026-04-01' existing = {
  name: storageName
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2026-04-01' existing = {
  parent: account
  name: 'default'
}

resource objects 'Microsoft.Storage/storageAccounts/blobServices/containers@2026-04-01' existing = {
  parent: blobs
  name: containerName
}

resource objectsAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(objects.id, identity.id, roles.storageBlobDataContributor)
  scope: objects
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.storageBlobDataContributor)
  }
}

resource registry 'Microsoft.ContainerRegistry/registries@2025-11-01' existing = {
  name: registryName
}

resource pulls 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(registry.id, identity.id, roles.acrPull)
  scope: registry
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.acrPull)
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource telemetry 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, identity.id, roles.monitoringMetricsPublisher)
  scope: insights
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.monitoringMetricsPublisher)
  }
}

output id string = identity.id
output clientId string = identity.properties.clientId
output principalId string = identity.properties.principalId
