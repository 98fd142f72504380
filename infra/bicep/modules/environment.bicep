// Where the containers run. Its logs go to the workspace by a diagnostic setting, which needs no key of the workspace.

param name string
param location string
param tags object
param workspaceId string

@description('Subnet of the containers; empty for a network of Azure\'s own.')
param subnetId string

@description('Replicas in several zones; Azure takes it only with a subnet.')
param zoneRedundant bool

resource environment 'Microsoft.App/managedEnvironments@2025-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    appLogsConfiguration: {
      destination: 'azure-monitor'
    }
    workloadProfiles: [
      {
        name: 'Consumption'
        workloadProfileType: 'Consumption'
      }
    ]
    vnetConfiguration: empty(subnetId) ? null : {
      infrastructureSubnetId: subnetId
    }
    zoneRedundant: zoneRedundant && !empty(subnetId)
    peerTrafficConfiguration: {
      encryption: {
        enabled: true
      }
    }
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'logs'
  scope: environment
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        categoryGroup: 'allLogs'
        enabled: true
      }
    ]
  }
}

output id string = environment.id
