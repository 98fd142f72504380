// One topic of the topology file, with its subscriptions.

param busName string

@description('The topic as the topology file has it.')
param topic object

resource bus 'Microsoft.ServiceBus/namespaces@2026-01-01' existing = {
  name: busName
}

resource entity 'Microsoft.ServiceBus/namespaces/topics@2026-01-01' = {
  parent: bus
  name: topic.Name
  properties: {
    requiresDuplicateDetection: topic.Properties.RequiresDuplicateDetection
    duplicateDetectionHistoryTimeWindow: topic.Properties.DuplicateDetectionHistoryTimeWindow
    enablePartitioning: false
    maxSizeInMegabytes: 5120
  }
}

module subscriptions 'subscription.bicep' = [for subscription in topic.Subscriptions: {
  name: 'subscription-${topic.Name}-${subscription.Name}'
  params: {
    busName: busName
    topicName: entity.name
    subscription: subscription
  }
}]
