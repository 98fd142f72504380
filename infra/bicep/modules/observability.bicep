// Where traces, metrics and logs go: Application Insights over a Log Analytics workspace.
// Without keys: who writes has an identity and a role on the component; nobody writes by the instrumentation key alone.

param workspaceName string
param insightsName string
param location string
param tags object
param keptDays int

@description('Ingestion stops for the day beyond this; -1 for no bound.')
param gigabytesPerDayMax int

resource workspace 'Microsoft.OperationalInsights/workspaces@2026-03-01' = {
  name: workspaceName
  location: location
  tags: tags
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: keptDays
    workspaceCapping: {
      dailyQuotaGb: gigabytesPerDayMax
    }
    features: {
      disableLocalAuth: true
      enableLogAccessUsingOnlyResourcePermissions: true
    }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: insightsName
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    IngestionMode: 'LogAnalytics'
    DisableLocalAuth: true
  }
}

output workspaceId string = workspace.id
output insightsId string = insights.id
output insightsName string = insights.name
output connectionString string = insights.properties.ConnectionString
