// The namespace, with the queues and topics of the topology file that the services and the local endpoint read too.
// Without keys: whoever sends or receives has an identity and a role on that queue, topic or subscription.

param name string
param location string
param tags object

@description('Private endpoints need Premium.')
@allowed([
  'Standard'
  'Premium'
])
param sku string

@description('Messaging units of Premium; 0 for Standard.')
param units int

param publicNetworkAccess string

var topology = loadJsonContent('../../../shared/src/contracts/topology.json')
var entities = topology.UserConfig.Namespaces[0]

resource bus 'Microsoft.ServiceBus/namespaces@2026-01-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: sku
    tier: sku
    capacity: units > 0 ? units : null
  }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    publicNetworkAccess: publicNetworkAccess
  }
}

resource queues 'Microsoft.ServiceBus/namespaces/queues@2026-01-01' = [for queue in entities.Queues: {
  parent: bus
  name: queue.Name
  properties: {
    lockDuration: queue.Properties.LockDuration
    maxDeliveryCount: queue.Properties.MaxDeliveryCount
    defaultMessageTimeToLive: queue.Properties.?DefaultMessageTimeToLive
    requiresSession: queue.Properties.RequiresSession
    requiresDuplicateDetection: queue.Properties.RequiresDuplicateDetection
    duplicateDetectionHistoryTimeWindow: queue.Properties.DuplicateDetectionHistoryTimeWindow
    deadLetteringOnMessageExpiration: queue.Properties.DeadLetteringOnMessageExpiration
    enablePartitioning: false
    maxSizeInMegabytes: 5120
  }
}]

module topics 'topic.bicep' = [for topic in entities.Topics: {
  name: 'topic-${topic.Name}'
  params: {
    busName: bus.name
    topic: topic
  }
}]

output id string = bus.id
output name string = bus.name
output host string = '${bus.name}.servicebus.windows.net'
