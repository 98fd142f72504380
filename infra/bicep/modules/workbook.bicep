// The workbook that shows runs, steps and their cost: made of the queries in infra/observability.

param insightsId string
param location string
param tags object

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(insightsId, 'durable-orchestrator')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'DurableOrchestrator'
    category: 'workbook'
    sourceId: insightsId
    version: '1.0'
    serializedData: loadTextContent('../../observability/workbook.json')
  }
}
