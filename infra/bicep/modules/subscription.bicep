// One subscription of the topology file, with its rules.
// Azure gives each new subscription a rule `$Default` that lets everything in. A topology with rules of its own has one
// of that name, which replaces it; `make infra-check` looks.

param busName string
param topicName string

@description('The subscription as the topology file has it.')
param subscription object

resource bus 'Microsoft.ServiceBus/namespaces@2026-01-01' existing = {
  name: busName
}

resource topic 'Microsoft.ServiceBus/namespaces/topics@2026-01-01' existing = {
  parent: bus
  name: topicName
}

resource entity 'Microsoft.ServiceBus/namespaces/topics/subscriptions@2026-01-01' = {
  parent: topic
  name: subscription.Name
  properties: {
    lockDuration: subscription.Properties.LockDuration
    maxDeliveryCount: subscription.Properties.MaxDeliveryCount
    requiresSession: subscription.Properties.RequiresSession
    deadLetteringOnMessageExpiration: subscription.Properties.DeadLetteringOnMessageExpiration
    // An event whose filter can't be evaluated is kept.
    deadLetteringOnFilterEvaluationExceptions: true
  }
}

resource rules 'Microsoft.ServiceBus/namespaces/topics/subscriptions/rules@2026-01-01' = [for rule in subscription.?Rules ?? []: {
  parent: entity
  name: rule.Name
  properties: {
    filterType: rule.Properties.FilterType == 'Sql' ? 'SqlFilter' : 'CorrelationFilter'
    sqlFilter: rule.Properties.FilterType != 'Sql' ? null : {
      sqlExpression: rule.Properties.SqlFilter.SqlExpression
    }
    correlationFilter: rule.Properties.FilterType != 'Correlation' ? null : {
      contentType: rule.Properties.CorrelationFilter.?ContentType
      correlationId: rule.Properties.CorrelationFilter.?CorrelationId
      label: rule.Properties.CorrelationFilter.?Label
      messageId: rule.Properties.CorrelationFilter.?MessageId
      properties: rule.Properties.CorrelationFilter.?Properties
      replyTo: rule.Properties.CorrelationFilter.?ReplyTo
      replyToSessionId: rule.Properties.CorrelationFilter.?ReplyToSessionId
      sessionId: rule.Properties.CorrelationFilter.?SessionId
      to: rule.Properties.CorrelationFilter.?To
    }
    action: !contains(rule.Properties, 'Action') ? null : {
      sqlExpression: rule.Properties.Action.SqlExpression
    }
  }
}]
